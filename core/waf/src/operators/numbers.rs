//! Operators that compare whole numbers.

use std::cmp::Ordering;

/// A comparison with a number.
pub struct Comparison {
    bound: i64,
    holds: fn(Ordering) -> bool,
}

impl Comparison {
    /// Makes one of eq, ge, gt, le, lt.
    pub fn new(name: &str, argument: &[u8]) -> Self {
        Comparison {
            bound: number_of(argument),
            holds: match name {
                "ge" => Ordering::is_ge,
                "gt" => Ordering::is_gt,
                "le" => Ordering::is_le,
                "lt" => Ordering::is_lt,
                _ => Ordering::is_eq,
            },
        }
    }

    pub fn holds(&self, text: &[u8]) -> bool {
        (self.holds)(number_of(text).cmp(&self.bound))
    }
}

/// Returns the number that a text begins with, as C's atoll does; 0 where there is none.
fn number_of(text: &[u8]) -> i64 {
    let spaces = text
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r'));
    let mut rest = &text[spaces.count()..];
    let negative = rest.first() == Some(&b'-');
    if matches!(rest.first(), Some(b'+' | b'-')) {
        rest = &rest[1..];
    }
    let mut number: i64 = 0;
    for byte in rest.iter().take_while(|byte| byte.is_ascii_digit()) {
        let digit = i64::from(byte - b'0');
        let digit = if negative { -digit } else { digit };
        number = number.saturating_mul(10).saturating_add(digit);
    }
    number
}
