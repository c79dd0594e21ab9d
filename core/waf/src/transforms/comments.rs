//! Comments of SQL, C, HTML and shells.

use memchr::memmem;

/// Makes each `/* … */` one space; one that does not end runs to the end of the value.
pub fn replace_comments(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = memmem::find(rest, b"/*") {
        out.extend_from_slice(&rest[..begin]);
        out.push(b' ');
        let inside = &rest[begin + 2..];
        rest = match memmem::find(inside, b"*/") {
            Some(end) => &inside[end + 2..],
            None => b"",
        };
    }
    out.extend_from_slice(rest);
    out
}

/// Takes out `/* … */` and `<!-- … -->`, and all from `--` or `#` to the end of the value.
///
/// Either end closes either start. The byte after an end is kept whatever it is. A comment that
/// does not end becomes a space.
pub fn remove_comments(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let start = [b"/*".as_slice(), b"<!--"]
            .into_iter()
            .find(|mark| rest.starts_with(mark));
        if let Some(start) = start {
            let inside = at + start.len();
            let Some(end) = end_of_comment(&text[inside..]) else {
                out.push(b' ');
                return out;
            };
            at = inside + end;
            if let Some(next) = text.get(at) {
                out.push(*next);
                at += 1;
            }
        } else if rest.starts_with(b"--") || rest[0] == b'#' {
            return out;
        } else {
            out.push(rest[0]);
            at += 1;
        }
    }
    out
}

/// Returns where the first end of a comment is over.
fn end_of_comment(text: &[u8]) -> Option<usize> {
    let block = memmem::find(text, b"*/").map(|at| (at, at + 2));
    let markup = memmem::find(text, b"-->").map(|at| (at, at + 3));
    block.into_iter().chain(markup).min().map(|(_, end)| end)
}

/// Takes out `/*`, `*/`, `<!--`, `-->`, `--` and `#`, in one pass from the left.
pub fn remove_comments_char(text: &[u8]) -> Vec<u8> {
    const MARKS: [&[u8]; 6] = [b"/*", b"*/", b"<!--", b"-->", b"--", b"#"];
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(byte) = rest.first() {
        match MARKS.iter().find(|mark| rest.starts_with(mark)) {
            Some(mark) => rest = &rest[mark.len()..],
            None => {
                out.push(*byte);
                rest = &rest[1..];
            }
        }
    }
    out
}
