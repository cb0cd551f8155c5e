//! A plain text table: columns as wide as they need to be, numbers to the right.

/// Rows of cells under a header.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<bool>,
}

impl Table {
    /// Starts a table. A header that begins with `>` makes a right-aligned column.
    pub(crate) fn new(header: &[&str]) -> Self {
        let right = header.iter().map(|name| name.starts_with('>')).collect();
        let first = header.iter().map(|name| name.trim_start_matches('>').to_owned()).collect();
        Self { rows: vec![first], right }
    }

    /// Adds a row; missing cells are empty.
    pub(crate) fn row<I: IntoIterator<Item = S>, S: Into<String>>(&mut self, cells: I) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Lines without trailing spaces, header underlined.
    pub(crate) fn render(&self) -> String {
        let columns = self.right.len();
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        let mut lines: Vec<String> = self.rows.iter().map(|row| self.line(row, &widths)).collect();
        let rule = widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  ");
        lines.insert(1, rule);
        lines.join("\n")
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cells = widths.iter().enumerate().map(|(column, width)| {
            let cell = row.get(column).map_or("", String::as_str);
            if self.right[column] { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_and_leaves_no_trailing_space() {
        let mut table = Table::new(&["suite", ">seconds", "note"]);
        table.row(["fmt", "0.5", ""]);
        table.row(["clippy", "112.0", "ünïcode"]);
        assert_eq!(
            table.render(),
            "suite   seconds  note\n------  -------  -------\nfmt         0.5\nclippy    112.0  ünïcode"
        );
    }

    #[test]
    fn a_short_row_is_padded() {
        let mut table = Table::new(&["a", "b"]);
        table.row(["1"]);
        assert_eq!(table.render(), "a  b\n-  -\n1");
    }
}
