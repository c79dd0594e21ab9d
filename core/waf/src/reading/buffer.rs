//! The bytes of a request, and the texts that are made of them, in one buffer.

use std::ops::Range;

/// A name and a value, as ranges of the buffer.
pub type Pair = (Range<usize>, Range<usize>);

/// Bytes that only grow, so that ranges of them stay.
pub struct Buffer(Vec<u8>);

impl Buffer {
    pub fn with_capacity(bytes: usize) -> Self {
        Buffer(Vec::with_capacity(bytes))
    }

    pub fn get(&self, text: &Range<usize>) -> &[u8] {
        &self.0[text.clone()]
    }

    /// Adds texts with another one between them.
    pub fn joined(&mut self, texts: &[&[u8]], between: &[u8]) -> Range<usize> {
        let begin = self.0.len();
        for (at, text) in texts.iter().enumerate() {
            if at > 0 {
                self.0.extend_from_slice(between);
            }
            self.0.extend_from_slice(text);
        }
        begin..self.0.len()
    }

    /// Adds bytes to the buffer.
    pub fn put(&mut self, bytes: &[u8]) -> Range<usize> {
        let begin = self.0.len();
        self.0.extend_from_slice(bytes);
        begin..self.0.len()
    }

    /// Returns the names and values of a text in the form of URLs.
    pub fn arguments(&mut self, text: Range<usize>, separator: u8) -> Vec<Pair> {
        let mut found = Vec::new();
        // Spaces are made of `+` first, so that none of them separates.
        let separates = |byte: u8| (if byte == b'+' { b' ' } else { byte }) == separator;
        let mut at = text.start;
        while at < text.end {
            let rest = &self.0[at..text.end];
            let size = rest
                .iter()
                .position(|byte| separates(*byte))
                .unwrap_or(rest.len());
            let piece = at..at + size;
            at = piece.end + 1;
            if piece.is_empty() {
                continue;
            }
            let equals = memchr::memchr(b'=', &self.0[piece.clone()]);
            let end = equals.map_or(piece.end, |size| piece.start + size);
            let begin = equals.map_or(piece.end, |_| end + 1);
            let name = self.decoded(piece.start..end, true);
            let value = self.decoded(begin..piece.end, true);
            found.push((name, value));
        }
        found
    }

    /// Returns a text with each `%` decoded that two hexadecimal digits follow; the same where
    /// nothing changes.
    pub fn decoded(&mut self, text: Range<usize>, plus: bool) -> Range<usize> {
        let given = &self.0[text.clone()];
        let changes = |byte: &u8| *byte == b'%' || (plus && *byte == b'+');
        let Some(first) = given.iter().position(changes) else {
            return text;
        };
        let begin = self.0.len();
        self.0.extend_from_within(text.start..text.start + first);
        let mut at = text.start + first;
        while at < text.end {
            let byte = self.0[at];
            at += 1;
            let made = match byte {
                b'+' if plus => b' ',
                b'%' => match octet(&self.0[at..text.end]) {
                    Some(octet) => {
                        at += 2;
                        octet
                    }
                    None => byte,
                },
                _ => byte,
            };
            self.0.push(made);
        }
        begin..self.0.len()
    }

    pub fn cookies(&self, headers: &[Pair]) -> Vec<Pair> {
        let mut found = Vec::new();
        for (_, line) in headers
            .iter()
            .filter(|(name, _)| self.0[name.clone()].eq_ignore_ascii_case(b"cookie"))
        {
            let mut at = line.start;
            while at <= line.end {
                let rest = &self.0[at..line.end];
                let size = memchr::memchr(b';', rest).unwrap_or(rest.len());
                let piece = self.stripped(at..at + size);
                at += size + 1;
                if piece.is_empty() {
                    continue;
                }
                let equals = memchr::memchr(b'=', &self.0[piece.clone()]);
                let end = equals.map_or(piece.end, |size| piece.start + size);
                let begin = equals.map_or(piece.end, |_| end + 1);
                found.push((
                    self.stripped(piece.start..end),
                    self.stripped(begin..piece.end),
                ));
            }
        }
        found
    }

    /// Returns a range without blanks at both of its ends.
    pub fn stripped(&self, mut text: Range<usize>) -> Range<usize> {
        let blank = |at: usize| matches!(self.0[at], b' ' | b'\t');
        while text.start < text.end && blank(text.start) {
            text.start += 1;
        }
        while text.start < text.end && blank(text.end - 1) {
            text.end -= 1;
        }
        text
    }
}

/// Returns where scheme and host of a target end; None for a target without them.
pub fn absolute(target: &[u8]) -> Option<usize> {
    if !target.first()?.is_ascii_alphabetic() {
        return None;
    }
    let scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+.-".contains(byte);
    let end = target.iter().position(|byte| !scheme(byte))?;
    let host = target[end..].strip_prefix(b"://")?;
    let size = host
        .iter()
        .position(|byte| b"/?#".contains(byte))
        .unwrap_or(host.len());
    Some(end + 3 + size)
}

/// Returns the byte that two hexadecimal digits tell.
fn octet(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

pub fn bad_percent(text: &[u8]) -> bool {
    memchr::memchr_iter(b'%', text).any(|at| octet(&text[at + 1..]).is_none())
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn a_scheme_ends_at_its_host() {
        assert_eq!(absolute(b"a+1://h/x"), Some(7));
        assert_eq!(absolute(b"a://"), Some(4));
        assert_eq!(absolute(b"1a://h"), None);
        assert_eq!(absolute(b"/a://h"), None);
        assert_eq!(absolute(b""), None);
    }
}
