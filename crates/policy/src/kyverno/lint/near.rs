//! "Did you mean": the nearest of some names.

/// The name that somebody may have meant.
pub(super) fn near<'n>(typed: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let folded = typed.to_lowercase();
    names
        .into_iter()
        .filter(|name| *name != typed)
        .map(|name| (distance(&name.to_lowercase(), &folded), name))
        .filter(|(distance, name)| distance * 3 <= name.len().min(typed.len()) && *distance <= 2)
        .min()
        .map(|(_, name)| name)
}

/// `; did you mean …?`, or nothing.
pub(super) fn hint<'n>(typed: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    near(typed, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Letters to add, to take away, to change, or to swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["request", "element", "images"];
        assert_eq!(near("requset", names), Some("request"));
        assert_eq!(near("Element", names), Some("element"));
        assert_eq!(near("image", names), Some("images"));
        assert_eq!(near("foo", names), None);
        assert_eq!(hint("imges", names), "; did you mean `images`?");
    }
}
