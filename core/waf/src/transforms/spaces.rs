//! White space, zero bytes and the quoting of command lines.

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Makes each run of ASCII white space one space.
pub fn compress_whitespace(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut before = false;
    for byte in text {
        let space = is_space(*byte);
        if !space {
            out.push(*byte);
        } else if !before {
            out.push(b' ');
        }
        before = space;
    }
    out
}

/// Takes out ASCII white space and the bytes 0xa0 and 0xc2 of a no-break space.
pub fn remove_whitespace(text: &[u8]) -> Vec<u8> {
    let kept = |byte: &u8| !is_space(*byte) && *byte != 0xa0 && *byte != 0xc2;
    text.iter().copied().filter(kept).collect()
}

/// Takes out zero bytes.
pub fn remove_nulls(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| *byte != 0).collect()
}

/// Makes zero bytes spaces.
pub fn replace_nulls(text: &[u8]) -> Vec<u8> {
    text.iter()
        .map(|byte| if *byte == 0 { b' ' } else { *byte })
        .collect()
}

/// Takes ASCII white space from both ends.
pub fn trim(text: &[u8]) -> Vec<u8> {
    trim_left(&trim_right(text))
}

/// Takes ASCII white space from the start.
pub fn trim_left(text: &[u8]) -> Vec<u8> {
    let spaces = text.iter().take_while(|byte| is_space(**byte)).count();
    text[spaces..].to_vec()
}

/// Takes ASCII white space from the end.
pub fn trim_right(text: &[u8]) -> Vec<u8> {
    let spaces = text
        .iter()
        .rev()
        .take_while(|byte| is_space(**byte))
        .count();
    text[..text.len() - spaces].to_vec()
}

/// Undoes what shells pass over: lower case, and without `"`, `'`, `\` and `^`.
///
/// A run of spaces, commas, semicolons, tabs and line ends becomes one space, and goes before `/`
/// and `(`.
pub fn cmd_line(text: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'"' | b'\'' | b'\\' | b'^' => {}
            b' ' | b',' | b';' | b'\t' | b'\r' | b'\n' => {
                if out.last() != Some(&b' ') {
                    out.push(b' ');
                }
            }
            b'/' | b'(' => {
                if out.last() == Some(&b' ') {
                    out.pop();
                }
                out.push(*byte);
            }
            other => out.push(other.to_ascii_lowercase()),
        }
    }
    out
}
