//! Sets of small numbers, all of one width.

/// A set of gates, or of other things that are counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// Returns an empty set of numbers below a bound.
    pub fn new(bound: usize) -> Self {
        Bits(vec![0; bound.div_ceil(64)])
    }

    pub fn add(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    pub fn has(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub fn unite(&mut self, other: &Bits) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    pub fn keep(&mut self, other: &Bits) {
        for (word, kept) in self.0.iter_mut().zip(&other.0) {
            *word &= kept;
        }
    }

    pub fn drop(&mut self, other: &Bits) {
        for (word, gone) in self.0.iter_mut().zip(&other.0) {
            *word &= !gone;
        }
    }

    pub fn meets(&self, other: &Bits) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .any(|(word, with)| word & with != 0)
    }

    /// Calls with each number that is in both sets.
    pub fn each_of_both(&self, other: &Bits, mut call: impl FnMut(usize)) {
        for (at, (word, with)) in self.0.iter().zip(&other.0).enumerate() {
            let mut rest = word & with;
            while rest != 0 {
                call(at * 64 + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn numbers_of_both_come_in_order() {
        let (mut left, mut right) = (Bits::new(200), Bits::new(200));
        for number in [3, 64, 130, 199] {
            left.add(number);
        }
        for number in [3, 130, 131, 199] {
            right.add(number);
        }
        let mut both = Vec::new();
        left.each_of_both(&right, |number| both.push(number));
        assert_eq!(both, [3, 130, 199]);
        left.drop(&right);
        assert!(left.has(64) && !left.has(3) && !left.meets(&right));
    }
}
