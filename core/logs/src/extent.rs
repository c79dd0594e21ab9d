//! The extent of a LogGroup, read from its bytes without an allocation.
//!
//! Source: the protobuf encoding; fields and their numbers as `juyong.logs.loggroup` has them.

const MOST_BYTES: usize = 8_000_000;
const MOST_LOGS: u32 = 512_000;
const MOST_TAGS: u32 = 1_000;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 1024 * 1024;

/// Tags of fields: the number of the field, and how the field is spelt.
mod tag {
    pub const LOG: u8 = 0x0a;
    pub const TOPIC: u8 = 0x1a;
    pub const SOURCE: u8 = 0x22;
    pub const MACHINE: u8 = 0x2a;
    pub const GROUP_TAG: u8 = 0x32;
    pub const TIME: u8 = 0x08;
    pub const PAIR: u8 = 0x12;
    pub const NANOSECONDS_VARINT: u8 = 0x20;
    pub const NANOSECONDS_FIXED: u8 = 0x25;
    pub const KEY: u8 = 0x0a;
    pub const VALUE: u8 = 0x12;
}

/// How many logs a group has, and the Unix seconds of the first and of the last; zeros for no log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    pub logs: u32,
    pub min_time: u32,
    pub max_time: u32,
}

/// Returns the extent of a group, or None where the group is spelt in an unusual way or is bad.
pub fn extent(raw: &[u8]) -> Option<Extent> {
    if raw.len() > MOST_BYTES {
        return None;
    }
    let (mut rest, mut tags) = (raw, 0);
    let mut found = Extent::default();
    while let Some(field) = take_byte(&mut rest) {
        let body = take_body(&mut rest)?;
        match field {
            tag::LOG => {
                let time = log_time(body)?;
                found.min_time = if found.logs == 0 {
                    time
                } else {
                    found.min_time.min(time)
                };
                found.max_time = found.max_time.max(time);
                found.logs += 1;
            }
            tag::GROUP_TAG => {
                pair(body, &mut Each)?;
                tags += 1;
            }
            tag::TOPIC | tag::SOURCE => {
                std::str::from_utf8(body).ok()?;
            }
            tag::MACHINE => {}
            _ => return None,
        }
    }
    (found.logs <= MOST_LOGS && tags <= MOST_TAGS).then_some(found)
}

/// How the texts of a log are looked at.
trait Texts {
    /// Takes a number of the log, which is no text.
    fn number(&mut self, bytes: &[u8]);
    /// Takes a text, and tells whether it may be UTF-8.
    fn text(&mut self, text: &[u8]) -> bool;
}

/// Looks at each text.
struct Each;

impl Texts for Each {
    fn number(&mut self, _bytes: &[u8]) {}

    fn text(&mut self, text: &[u8]) -> bool {
        std::str::from_utf8(text).is_ok()
    }
}

/// Looks at no text, and counts the bytes of numbers that are not of ASCII.
///
/// A log has no more such bytes where all of its texts are ASCII. To count the bytes of a whole log
/// takes a quarter of the time of looking at its short texts, one by one.
#[derive(Default)]
struct Counted {
    in_numbers: usize,
}

impl Texts for Counted {
    fn number(&mut self, bytes: &[u8]) {
        self.in_numbers += beyond_ascii(bytes);
    }

    fn text(&mut self, _text: &[u8]) -> bool {
        true
    }
}

/// Counts the bytes that are not of ASCII.
fn beyond_ascii(bytes: &[u8]) -> usize {
    // Sums of a byte stand sixteen in a register; so few bytes do not overflow one.
    let parts = bytes.chunks(128);
    parts
        .map(|part| usize::from(part.iter().fold(0_u8, |sum, byte| sum + (byte >> 7))))
        .sum()
}

/// Returns the time of a log, whose other fields are proven. The time stands first, and once.
fn log_time(log: &[u8]) -> Option<u32> {
    let mut counted = Counted::default();
    let time = read_log(log, &mut counted)?;
    if beyond_ascii(log) == counted.in_numbers {
        return Some(time);
    }
    read_log(log, &mut Each)
}

fn read_log(mut rest: &[u8], texts: &mut impl Texts) -> Option<u32> {
    if take_byte(&mut rest)? != tag::TIME {
        return None;
    }
    let time = take_told(&mut rest, texts).filter(|time| *time != 0)?;
    while let Some(field) = take_byte(&mut rest) {
        match field {
            tag::PAIR => {
                let length = take_told(&mut rest, texts)? as usize;
                let (body, after) = rest.split_at_checked(length)?;
                pair(body, texts)?;
                rest = after;
            }
            tag::NANOSECONDS_VARINT => {
                take_told(&mut rest, texts)?;
            }
            tag::NANOSECONDS_FIXED => {
                let (number, after) = rest.split_at_checked(4)?;
                texts.number(number);
                rest = after;
            }
            _ => return None,
        }
    }
    Some(time)
}

/// Proves a pair of a key and a value, in this order.
fn pair(mut rest: &[u8], texts: &mut impl Texts) -> Option<()> {
    for (field, longest) in [(tag::KEY, LONGEST_KEY), (tag::VALUE, LONGEST_VALUE)] {
        if rest.is_empty() {
            continue; // an empty text may be left out
        }
        if take_byte(&mut rest)? != field {
            return None;
        }
        let length = take_told(&mut rest, texts)? as usize;
        if length > longest {
            return None;
        }
        let (text, after) = rest.split_at_checked(length)?;
        if !texts.text(text) {
            return None;
        }
        rest = after;
    }
    rest.is_empty().then_some(())
}

/// Takes a number, and tells of its bytes.
#[inline(always)]
fn take_told(rest: &mut &[u8], texts: &mut impl Texts) -> Option<u32> {
    let before = *rest;
    // Most numbers are lengths of short texts.
    if let Some((first, after)) = before.split_first() {
        if *first < 0x80 {
            *rest = after;
            return Some(u32::from(*first));
        }
    }
    let number = take_number(rest)?;
    texts.number(&before[..before.len() - rest.len()]);
    Some(number)
}

fn take_byte(rest: &mut &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(*first)
}

/// Takes a text or message with its length before it.
fn take_body<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_number(rest)? as usize;
    let (body, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(body)
}

/// Takes a number of at most 32 bits, which is spelt as short as can be.
fn take_number(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let byte = take_byte(rest)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let shortest = shift == 0 || byte != 0;
            return u32::try_from(number).ok().filter(|_| shortest);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &[u8] = b"\x0a\x0c\x08\x05\x12\x06\x0a\x01k\x12\x01v\x20\x07";

    #[test]
    fn a_group_has_the_first_and_the_last_time() {
        let mut raw = b"\x1a\x01t\x0a\x02\x08\x09".to_vec();
        raw.extend(LOG);
        let expected = Extent {
            logs: 2,
            min_time: 5,
            max_time: 9,
        };
        assert_eq!(extent(&raw), Some(expected));
        assert_eq!(extent(b""), Some(Extent::default()));
    }

    #[test]
    fn nothing_is_said_of_a_group_that_is_cut_at_any_place_inside() {
        assert!((1..LOG.len()).all(|end| extent(&LOG[..end]).is_none()));
    }

    #[test]
    fn texts_beyond_ascii_are_looked_at_one_by_one() {
        for (text, time) in [
            (&b"\xc3\xa9"[..], Some(300)),
            (b"\xc3e", None),
            (b"\x80\x80", None),
        ] {
            let mut raw = b"\x0a\x11\x08\xac\x02\x12\x07\x0a\x01k\x12\x02".to_vec();
            raw.extend(text);
            raw.extend(b"\x25\xff\xff\xff\xff");
            assert_eq!(extent(&raw).map(|found| found.max_time), time);
        }
    }

    #[test]
    fn bytes_beyond_ascii_are_counted_however_many() {
        assert_eq!(beyond_ascii(&[0xff; 1_000]), 1_000);
        assert_eq!(beyond_ascii(b"\x7f\x80a"), 1);
    }

    #[test]
    fn nothing_is_said_of_a_number_that_is_too_long_or_no_time() {
        for raw in [
            &b"\x0a\x82\x00\x08\x09"[..],
            b"\x0a\x02\x08\x00",
            b"\x0a\x00",
        ] {
            assert_eq!(extent(raw), None);
        }
    }
}
