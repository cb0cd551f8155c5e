//! Tables of light lines.

use std::fmt::Write as _;

use crate::plain::{cut, width};

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left side.
    Left,
    /// At the right side.
    Right,
}

/// A table. Columns to the left keep their width where numbers stand; text gives way.
#[derive(Debug)]
pub struct Grid {
    head: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

/// A column of text is never cut to less.
const NARROWEST: usize = 8;

impl Grid {
    /// A table with these columns.
    pub fn new(head: &[(&'static str, Align)]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    /// One more row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table in at most `columns` columns, as far as its narrowest form allows. `paint` may colour a
    /// cell that is already padded, by row and column.
    pub fn render(&self, columns: usize, paint: impl Fn(usize, usize, &str) -> String) -> String {
        let widths = self.widths(columns);
        let mut out = String::new();
        rule(&mut out, &widths, ['┌', '┬', '┐']);
        let titles: Vec<String> = self.head.iter().map(|(title, _)| (*title).to_owned()).collect();
        self.line(&mut out, &widths, &titles, |_, cell| cell.to_owned());
        rule(&mut out, &widths, ['├', '┼', '┤']);
        for (index, row) in self.rows.iter().enumerate() {
            self.line(&mut out, &widths, row, |column, cell| paint(index, column, cell));
        }
        rule(&mut out, &widths, ['└', '┴', '┘']);
        out
    }

    fn line(
        &self,
        out: &mut String,
        widths: &[usize],
        cells: &[String],
        paint: impl Fn(usize, &str) -> String,
    ) {
        for (column, ((cell, columns), (_, align))) in cells.iter().zip(widths).zip(&self.head).enumerate() {
            let cell = cut(cell, *columns);
            let fill = " ".repeat(columns - width(&cell).min(*columns));
            let padded = match align {
                Align::Left => format!("{cell}{fill}"),
                Align::Right => format!("{fill}{cell}"),
            };
            let _ = write!(out, "│ {} ", paint(column, &padded));
        }
        out.push_str("│\n");
    }

    fn widths(&self, columns: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.head.iter().map(|(title, _)| width(title)).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(cell));
            }
        }
        let borders = widths.len() * 3 + 1;
        while widths.iter().sum::<usize>() + borders > columns {
            let texts = widths.iter().zip(&self.head).enumerate();
            let widest = texts
                .filter(|(_, (columns, (_, align)))| *align == Align::Left && **columns > NARROWEST)
                .max_by_key(|(_, (columns, _))| **columns)
                .map(|(index, _)| index);
            let Some(widest) = widest.and_then(|index| widths.get_mut(index)) else { break };
            *widest -= 1;
        }
        widths
    }
}

fn rule(out: &mut String, widths: &[usize], [left, middle, right]: [char; 3]) {
    for (index, columns) in widths.iter().enumerate() {
        out.push(if index == 0 { left } else { middle });
        out.extend(std::iter::repeat_n('─', columns + 2));
    }
    out.push(right);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_gives_way_and_numbers_do_not() {
        let mut grid = Grid::new(&[("name", Align::Left), ("count", Align::Right)]);
        grid.row(["a name that is rather long".to_owned(), "123".to_owned()]);
        grid.row(["名前".to_owned(), "1".to_owned()]);
        let out = grid.render(28, |_, _, cell| cell.to_owned());
        insta::assert_snapshot!(out, @r"
        ┌──────────────────┬───────┐
        │ name             │ count │
        ├──────────────────┼───────┤
        │ a name that is … │   123 │
        │ 名前             │     1 │
        └──────────────────┴───────┘
        ");
        assert!(out.lines().all(|line| width(line) == 28));
    }
}
