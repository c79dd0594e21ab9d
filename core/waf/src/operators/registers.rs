//! Operators that look for numbers with a check digit: cards and register numbers.

use super::Regex;

const MOST_TRIES: usize = 4_096;

/// The pattern of a kind of number, and its check.
pub struct Register {
    pattern: Regex,
    holds: fn(&[u32]) -> bool,
}

impl Register {
    /// Makes one of verifycc, verifycpf, verifyssn, verifysvnr.
    pub fn new(name: &str, argument: &[u8]) -> Result<Self, String> {
        Ok(Register {
            pattern: Regex::new(argument)?,
            holds: match name {
                "verifycpf" => cpf,
                "verifyssn" => ssn,
                "verifysvnr" => svnr,
                _ => card,
            },
        })
    }

    /// Returns the first number that passes the check, as it stands.
    ///
    /// Each place is tried, at most 4,096 of them: beyond, the value counts as a match.
    pub fn find<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let mut at = 0;
        for _ in 0..MOST_TRIES {
            if at >= text.len() {
                return None;
            }
            let (start, end) = self.pattern.span(text, at)?;
            let found = &text[start..end];
            let digits = found.iter().filter(|byte| byte.is_ascii_digit());
            let digits: Vec<u32> = digits.map(|byte| u32::from(byte - b'0')).collect();
            if (self.holds)(&digits) {
                return Some(found);
            }
            at = start + 1;
        }
        Some(&text[at.min(text.len())..(at + 1).min(text.len())])
    }
}

fn card(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    !digits.is_empty() && sum % 10 == 0
}

fn ssn(digits: &[u32]) -> bool {
    if digits.len() != 9 {
        return false;
    }
    let same = digits.windows(2).all(|pair| pair[1] == pair[0]);
    let rising = digits.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let area = digits[0] * 100 + digits[1] * 10 + digits[2];
    let any = |part: &[u32]| part.iter().any(|digit| *digit != 0);
    !same
        && !rising
        && 0 < area
        && area < 740
        && area != 666
        && any(&digits[3..5])
        && any(&digits[5..])
}

fn weighed(digits: &[u32], factors: impl Iterator<Item = u32>) -> u32 {
    digits
        .iter()
        .zip(factors)
        .map(|(digit, factor)| digit * factor)
        .sum()
}

fn cpf(digits: &[u32]) -> bool {
    let Some(digits) = digits.get(..11) else {
        return false;
    };
    if digits.iter().all(|digit| *digit == digits[0]) || digits == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
    {
        return false;
    }
    let check = |sum: u32| if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
    let first = check(weighed(&digits[..9], (2..=10).rev()));
    let mut ten = digits[..9].to_vec();
    ten.push(first);
    let second = check(weighed(&ten, (2..=11).rev()));
    digits[9..] == [first, second]
}

fn svnr(digits: &[u32]) -> bool {
    let Some(digits) = digits.get(..10) else {
        return false;
    };
    let rising = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    let turned = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0];
    if digits.iter().all(|digit| *digit == digits[0]) || digits == rising || digits == turned {
        return false;
    }
    let sum = weighed(digits, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6].into_iter());
    sum % 11 % 10 == digits[3]
}
