//! Sets of small numbers, all of one width.

/// Words that stand in a set itself; the sets of most phases need no other memory.
const FEW: usize = 4;

/// A set of gates, or of other things that are counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bits {
    few: [u64; FEW],
    more: Vec<u64>,
}

impl Bits {
    /// Returns an empty set of numbers below a bound.
    pub fn new(bound: usize) -> Self {
        Bits {
            few: [0; FEW],
            more: vec![0; bound.div_ceil(64).saturating_sub(FEW)],
        }
    }

    pub fn add(&mut self, number: usize) {
        let word = match self.few.get_mut(number / 64) {
            Some(word) => word,
            None => &mut self.more[number / 64 - FEW],
        };
        *word |= 1 << (number % 64);
    }

    pub fn has(&self, number: usize) -> bool {
        let word = match self.few.get(number / 64) {
            Some(word) => word,
            None => &self.more[number / 64 - FEW],
        };
        word >> (number % 64) & 1 == 1
    }

    pub fn is_empty(&self) -> bool {
        self.words().all(|word| *word == 0)
    }

    pub fn unite(&mut self, other: &Bits) {
        self.change(other, |word, more| *word |= more);
    }

    pub fn keep(&mut self, other: &Bits) {
        self.change(other, |word, kept| *word &= kept);
    }

    pub fn drop(&mut self, other: &Bits) {
        self.change(other, |word, gone| *word &= !gone);
    }

    pub fn meets(&self, other: &Bits) -> bool {
        self.words()
            .zip(other.words())
            .any(|(word, with)| word & with != 0)
    }

    /// Calls with each number that is in both sets.
    pub fn each_of_both(&self, other: &Bits, mut call: impl FnMut(usize)) {
        for (at, (word, with)) in self.words().zip(other.words()).enumerate() {
            let mut rest = word & with;
            while rest != 0 {
                call(at * 64 + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
    }

    fn words(&self) -> impl Iterator<Item = &u64> {
        self.few.iter().chain(&self.more)
    }

    fn change(&mut self, other: &Bits, change: impl Fn(&mut u64, u64)) {
        for (word, with) in self.few.iter_mut().zip(other.few) {
            change(word, with);
        }
        for (word, with) in self.more.iter_mut().zip(&other.more) {
            change(word, *with);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn numbers_of_both_come_in_order() {
        let (mut left, mut right) = (Bits::new(400), Bits::new(400));
        for number in [3, 64, 130, 399] {
            left.add(number);
        }
        for number in [3, 130, 131, 399] {
            right.add(number);
        }
        let mut both = Vec::new();
        left.each_of_both(&right, |number| both.push(number));
        assert_eq!(both, [3, 130, 399]);
        left.drop(&right);
        assert!(left.has(64) && !left.has(3) && !left.meets(&right));
    }
}
