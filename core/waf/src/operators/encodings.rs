//! Operators that hold values to an encoding; they match what breaks it.

/// Returns which bytes an argument allows, as `9,10,13,32-126`.
pub fn byte_range(argument: &[u8]) -> Result<Box<[bool; 256]>, String> {
    let mut allowed = Box::new([false; 256]);
    for part in argument.split(|byte| *byte == b',') {
        let mut sides = part.splitn(2, |byte| *byte == b'-');
        let first = sides.next().and_then(number);
        let last = sides.next().map_or(first, number);
        match (first, last) {
            (Some(first), Some(last)) if first <= last && last < 256 => {
                allowed[first..=last].fill(true);
            }
            _ => {
                let part = part
                    .iter()
                    .map(|byte| char::from(*byte))
                    .collect::<String>();
                return Err(format!("`{part}` is no range within 0 to 255"));
            }
        }
    }
    Ok(allowed)
}

fn number(text: &[u8]) -> Option<usize> {
    let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let begin = text.iter().take_while(|byte| blank(byte)).count();
    let digits = text[begin..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let end = begin + digits;
    if digits == 0 || digits > 3 || !text[end..].iter().all(blank) {
        return None;
    }
    let value = text[begin..end].iter();
    Some(value.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0')))
}

/// Returns whether a percent sign has not two hexadecimal digits after it.
pub fn bad_percent(text: &[u8]) -> bool {
    memchr::memchr_iter(b'%', text).any(|at| {
        let digits = text.get(at + 1..at + 3);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}
