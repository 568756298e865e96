//! The known word a mistyped one was probably meant to be.

/// `did you mean …?` when a known word is near, else all of them.
pub(super) fn suggestion(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(it) => format!("did you mean `{it}`?"),
        None => format!("there are: {}", known.join(", ")),
    }
}

/// The nearest known word, when at most a third of it differs.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // Far longer words are near to nothing, and the table below grows with them.
    let word: Vec<char> = word.chars().take(64).collect();
    let rated = known.iter().map(|it| (distance(&word, it), *it));
    let (distance, nearest) = rated.min_by_key(|it| it.0)?;
    (distance * 3 <= nearest.chars().count().max(3)).then_some(nearest)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(word: &[char], known: &str) -> usize {
    let known: Vec<char> = known.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=known.len()).collect()];
    for i in 1..=word.len() {
        let mut row = vec![i];
        for j in 1..=known.len() {
            let change = rows[i - 1][j - 1] + usize::from(word[i - 1] != known[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            let swapped =
                i > 1 && j > 1 && word[i - 1] == known[j - 2] && word[i - 2] == known[j - 1];
            if swapped {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[word.len()][known.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_word_and_a_stranger_none() {
        let known = ["public", "public_url", "admin", "ops", "shutdown_grace"];
        let check = |word, expect| assert_eq!(nearest(word, &known), expect, "{word}");
        check("pubilc", Some("public"));
        check("publicurl", Some("public_url"));
        check("shutdown-grace", Some("shutdown_grace"));
        check("op", Some("ops"));
        check("admins", Some("admin"));
        check("colour", None);
        check("", None);
        check(&"public".repeat(10_000), None);
        assert_eq!(nearest("x", &[]), None);
    }
}
