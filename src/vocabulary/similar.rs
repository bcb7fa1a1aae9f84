//! How alike two words are.

/// A word to be compared with many.
#[derive(Debug, Clone)]
pub(super) struct Word {
    letters: Vec<char>,
    /// Which letters occur, by their code modulo 64: enough to see that two words have little in common.
    occurring: u64,
}

impl Word {
    /// Of a folded word.
    pub(super) fn new(folded: &str) -> Self {
        let letters: Vec<char> = folded.chars().collect();
        let occurring = letters.iter().fold(0, |set, &letter| set | 1 << (u32::from(letter) % 64));
        Self { letters, occurring }
    }

    /// Letters.
    pub(super) fn len(&self) -> usize {
        self.letters.len()
    }

    fn digits(&self) -> impl Iterator<Item = &char> {
        self.letters.iter().filter(|letter| letter.is_numeric())
    }

    /// Likeness from 0 to 1, if it is at least `least`: 1 less the share of letters of the longer word that must be put in, left out,
    /// changed or swapped with their neighbour to get the other. Words with other digits are not alike: an F-16 is no F-18.
    pub(super) fn likeness(&self, other: &Self, least: f32, rows: &mut Rows) -> Option<f32> {
        let longer = self.len().max(other.len());
        if longer == 0 {
            return None;
        }
        let most = ((1.0 - least) * longer as f32 + 1e-4) as usize;
        let [ours, theirs] = [self.occurring & !other.occurring, other.occurring & !self.occurring];
        let at_least = (ours.count_ones().max(theirs.count_ones()) as usize).max(self.len().abs_diff(other.len()));
        if at_least > most || !self.digits().eq(other.digits()) {
            return None;
        }
        let edits = edits(&self.letters, &other.letters, most, rows)?;
        Some(1.0 - edits as f32 / longer as f32)
    }
}

/// Room for the comparison, kept between words.
#[derive(Debug, Default)]
pub(super) struct Rows([Vec<usize>; 3]);

/// How many edits lead from one word to the other, if at most `most` (optimal string alignment). Cells further than that from the
/// diagonal cannot lie on the way.
fn edits(a: &[char], b: &[char], most: usize, Rows(rows): &mut Rows) -> Option<usize> {
    let too_many = most + 1;
    let [before, above, row] = rows;
    for row in [&mut *before, &mut *above, &mut *row] {
        row.clear();
        row.resize(b.len() + 1, too_many);
    }
    for (j, cell) in above.iter_mut().enumerate().take(too_many) {
        *cell = j;
    }
    for (i, letter) in a.iter().enumerate() {
        row.fill(too_many);
        let first = i.saturating_sub(most);
        if i < most {
            row[0] = i + 1;
        }
        let mut least_here = row[0];
        for j in first..b.len().min(i + too_many) {
            let mut least = (above[j + 1] + 1).min(row[j] + 1).min(above[j] + usize::from(*letter != b[j]));
            if i > 0 && j > 0 && *letter == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row[j + 1] = least.min(too_many);
            least_here = least_here.min(least);
        }
        if least_here > most {
            return None;
        }
        std::mem::swap(before, above);
        std::mem::swap(above, row);
    }
    above.last().copied().filter(|&edits| edits <= most)
}
