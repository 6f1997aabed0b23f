//! Random numbers that are the same for a seed on every platform and in every
//! version: a stored seed must draw the same for years.

/// SplitMix64: G. L. Steele, D. Lea and C. H. Flood, *Fast Splittable
/// Pseudorandom Number Generators* (OOPSLA 2014), with the constants of
/// S. Vigna's public `splitmix64.c`. Not for secrets.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `bound - 1`, each as likely as the others: values in
    /// the last, incomplete round are drawn again. 0 where `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let Some(bound) = u64::try_from(bound).ok().filter(|bound| *bound > 0) else {
            return 0;
        };
        // 2^64 mod bound: so many of the lowest values are too many.
        let excess = bound.wrapping_neg() % bound;
        loop {
            let drawn = self.next_u64();
            if drawn >= excess {
                // Below `bound`, which came from a usize.
                return usize::try_from(drawn % bound).unwrap_or(0);
            }
        }
    }

    /// A shuffled order of 0..n (Fisher and Yates, in Durstenfeld's form).
    pub fn order(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for last in (1..n).rev() {
            let other = self.below(last + 1);
            order.swap(last, other);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of `splitmix64.c` for the seed 1234567.
    #[test]
    fn the_published_numbers() {
        let mut random = SplitMix64::new(1_234_567);
        let drawn: Vec<u64> = (0..5).map(|_| random.next_u64()).collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    #[test]
    fn draws_are_even() {
        let mut random = SplitMix64::new(7);
        let mut counts = [0_i32; 5];
        for _ in 0..50_000 {
            counts[random.below(5)] += 1;
        }
        for count in counts {
            assert!((count - 10_000).abs() < 400, "{counts:?}");
        }
        assert_eq!(random.below(0), 0);
        assert_eq!(random.below(1), 0);
    }

    #[test]
    fn an_order_has_each_number_once() {
        let mut random = SplitMix64::new(7);
        let mut order = random.order(9);
        assert_ne!(order, (0..9).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..9).collect::<Vec<_>>());
        assert!(random.order(0).is_empty());
    }
}
