//! The Mersenne Twister MT19937, which Python's numbers come from.
//!
//! It is written out here because `getstate` hands out all of its state and `setstate` takes it back, which the crates
//! that have it do not let through.

/// How many words the state has.
pub(super) const WORDS: usize = 624;
const MIDDLE: usize = 397;

/// A generator of 32-bit words.
#[derive(Clone)]
pub(super) struct Twister {
    words: Box<[u32; WORDS]>,
    /// The next word to give out; [`WORDS`] when new ones have to be made first.
    next: usize,
}

impl Twister {
    /// The generator with the state that a key gives.
    pub(super) fn seeded(key: &[u32]) -> Twister {
        let mut words = Box::new([0_u32; WORDS]);
        let mut last = 19_650_218_u32;
        for (i, word) in words.iter_mut().enumerate() {
            if i > 0 {
                last = 1_812_433_253_u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(i as u32);
            }
            *word = last;
        }
        let key = if key.is_empty() { &[0] } else { key };
        let mut i = 1;
        let step = |words: &mut [u32; WORDS], i: &mut usize, factor: u32| {
            let before = words[*i - 1];
            words[*i] ^= (before ^ (before >> 30)).wrapping_mul(factor);
            *i
        };
        let go_on = |words: &mut [u32; WORDS], i: usize| {
            if i + 1 < WORDS {
                return i + 1;
            }
            words[0] = words[WORDS - 1];
            1
        };
        for round in 0..WORDS.max(key.len()) {
            let j = round % key.len();
            let at = step(&mut words, &mut i, 1_664_525);
            words[at] = words[at].wrapping_add(key[j]).wrapping_add(j as u32);
            i = go_on(&mut words, i);
        }
        for _ in 1..WORDS {
            let at = step(&mut words, &mut i, 1_566_083_941);
            words[at] = words[at].wrapping_sub(at as u32);
            i = go_on(&mut words, i);
        }
        words[0] = 1 << 31;
        Twister { words, next: WORDS }
    }

    /// The generator with a state that [`Twister::state`] gave; none when the place is past the end.
    pub(super) fn from_state(words: [u32; WORDS], next: usize) -> Option<Twister> {
        (next <= WORDS).then(|| Twister { words: Box::new(words), next })
    }

    /// The words, and the place of the next one.
    pub(super) fn state(&self) -> (&[u32; WORDS], usize) {
        (&self.words, self.next)
    }

    pub(super) fn word(&mut self) -> u32 {
        if self.next >= WORDS {
            self.renew();
        }
        let mut word = self.words.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9D2C_5680;
        word ^= (word << 15) & 0xEFC6_0000;
        word ^ (word >> 18)
    }

    fn renew(&mut self) {
        let words = &mut self.words;
        for i in 0..WORDS {
            let mixed = (words[i] & 0x8000_0000) | (words[(i + 1) % WORDS] & 0x7FFF_FFFF);
            let twist = if mixed & 1 == 0 { 0 } else { 0x9908_B0DF };
            words[i] = words[(i + MIDDLE) % WORDS] ^ (mixed >> 1) ^ twist;
        }
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_authors() {
        // The first lines of mt19937ar.out.
        let mut twister = Twister::seeded(&[0x123, 0x234, 0x345, 0x456]);
        let words: Vec<u32> = (0..5).map(|_| twister.word()).collect();
        assert_eq!(words, [1_067_595_299, 955_945_823, 477_289_528, 4_107_218_783, 4_228_976_476]);
    }

    #[test]
    fn states_are_taken_back() {
        let mut twister = Twister::seeded(&[7]);
        (0..1000).for_each(|_| _ = twister.word());
        let (words, next) = twister.state();
        let mut copy = Twister::from_state(*words, next).unwrap();
        assert_eq!(
            (0..1000).map(|_| copy.word()).collect::<Vec<_>>(),
            (0..1000).map(|_| twister.word()).collect::<Vec<_>>()
        );
        assert!(Twister::from_state([0; WORDS], 625).is_none());
    }
}
