//! Paths without self references, back references and repeated slashes.

use memchr::memmem;

/// Makes backslashes slashes, and then as `normalize_path`.
pub fn normalize_path_win(text: &[u8]) -> Vec<u8> {
    let slashed: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
        .collect();
    normalize_path(&slashed)
}

/// Collapses slashes, drops `.` segments, and lets a `..` take away the segment before it.
///
/// Nothing rises above the root: of a path from the root what is too much is dropped, of a relative
/// one it stays. A slash at the end stays, and none is put there. A segment that only ends with
/// `..` is taken for a back reference, as ModSecurity does.
pub fn normalize_path(text: &[u8]) -> Vec<u8> {
    if memmem::find(text, b"//").is_none()
        && memmem::find(text, b"./").is_none()
        && text.last() != Some(&b'.')
    {
        return text.to_vec();
    }
    let pass = Pass {
        text,
        relative: text[0] != b'/',
        hit_root: false,
        out: Vec::with_capacity(text.len()),
    };
    pass.run()
}

struct Pass<'t> {
    text: &'t [u8],
    relative: bool,
    hit_root: bool,
    out: Vec<u8>,
}

impl Pass<'_> {
    fn run(mut self) -> Vec<u8> {
        let end = self.text.len() - 1;
        let mut at = 0;
        while at <= end {
            let byte = self.text[at];
            if at == end || self.text[at + 1] == b'/' {
                if byte == b'.' && self.dot(at == end) {
                    if at == end {
                        break;
                    }
                    at += 1;
                } else if !(self.out.is_empty() || byte == b'.' || (byte == b'/' && at != end)) {
                    self.hit_root = false;
                }
            }
            at = self.copy(at, end);
        }
        if self.text[end] != b'/' && self.out.last() == Some(&b'/') {
            self.out.pop();
        }
        self.out
    }

    /// Judges a dot that ends a segment; returns whether it is a reference, which goes.
    fn dot(&mut self, last: bool) -> bool {
        match self.out.last() {
            Some(b'.') => {
                if self.relative && (self.hit_root || self.out.len() <= 2) {
                    self.hit_root = true;
                    return false;
                }
                self.back(last);
                true
            }
            None => true,
            Some(b'/') => {
                if !last {
                    self.out.pop();
                }
                true
            }
            Some(_) => false,
        }
    }

    /// Takes away the segment before a back reference, and the first dot of the reference.
    fn back(&mut self, last: bool) {
        let before = self.out.len().saturating_sub(2);
        let cut = memchr::memrchr(b'/', &self.out[..before]).unwrap_or(0);
        if cut > 0 {
            self.out.truncate(cut);
            return;
        }
        self.hit_root = true;
        let keeps_root = !self.relative && last;
        self.out.truncate(usize::from(keeps_root));
    }

    /// Copies a byte, of a run of slashes the last; returns where to go on.
    fn copy(&mut self, mut at: usize, end: usize) -> usize {
        if self.text[at] == b'/' {
            while at < end && self.text[at + 1] == b'/' {
                at += 1;
            }
            if self.relative && self.out.is_empty() {
                return at + 1;
            }
        }
        self.out.push(self.text[at]);
        at + 1
    }
}
