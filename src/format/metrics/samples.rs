//! The samples of a table, as they are kept until they are written.

use std::io::{self, Write};

use crate::format::text;

/// As many bytes of text are handed over at a time, at least.
const PIECE: usize = 64 * 1024;

/// The samples of `N` metrics that have the same labels.
///
/// All samples of a metric follow each other, so the last server must be known before the first one is written. To keep
/// the labels as text, which all metrics have in common, and the values alone takes half the memory of the table, and
/// each line is two copies and a number.
pub struct Samples<const N: usize> {
    /// The labels of all rows, one after the other, each with the blank before a value.
    labels: Vec<u8>,
    rows: Vec<Row<N>>,
}

struct Row<const N: usize> {
    /// Where its labels end; they begin where those of the row before do.
    labels_end: usize,
    values: [u64; N],
}

impl<const N: usize> Samples<N> {
    pub fn new() -> Samples<N> {
        Samples {
            labels: Vec::new(),
            rows: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a sample of each metric; `append_labels` appends their labels.
    #[inline]
    pub fn push(&mut self, values: [u64; N], append_labels: impl FnOnce(&mut Vec<u8>)) {
        append_labels(&mut self.labels);
        self.labels.push(b' ');
        self.rows.push(Row {
            labels_end: self.labels.len(),
            values,
        });
    }

    /// Adds to the values of the only sample of each metric, which has no labels.
    pub fn add_up(&mut self, values: [u64; N]) {
        match self.rows.first_mut() {
            Some(row) => row.values = sum(row.values, values),
            None => self.push(values, |_| ()),
        }
    }

    /// Appends the lines of a metric, whose name is `name`, and hands over what is long enough.
    pub fn write(
        &self,
        index: usize,
        name: &str,
        text: &mut Vec<u8>,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        let mut labels = self.labels.as_slice();
        let mut start = 0;
        for row in &self.rows {
            let (of_row, rest) = labels.split_at(row.labels_end - start);
            (labels, start) = (rest, row.labels_end);
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(of_row);
            text::number(text, row.values[index]);
            text.push(b'\n');
            if text.len() >= PIECE {
                out.write_all(text)?;
                text.clear();
            }
        }
        Ok(())
    }
}

/// The sum of each two values.
pub fn sum<const N: usize>(mut sums: [u64; N], values: [u64; N]) -> [u64; N] {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum = sum.saturating_add(value);
    }
    sums
}
