//! The elements of a layout: how the reference time, Mon Jan 2 15:04:05 MST 2006, is written.

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Year,
    LongYear,
    Month,
    LongMonth,
    NumericMonth {
        two: bool,
    },
    WeekDay,
    LongWeekDay,
    Day {
        two: bool,
        blank: bool,
    },
    YearDay {
        blank: bool,
    },
    Hour,
    Hour12 {
        two: bool,
    },
    Minute {
        two: bool,
    },
    Second {
        two: bool,
    },
    /// `PM` or `pm`
    Half {
        lower: bool,
    },
    /// `MST`
    Zone,
    /// `-0700` and its kin; `Z` stands for UTC where that is allowed
    Offset {
        form: Offset,
        zulu: bool,
    },
    /// `.000`: so many characters, with the point
    Fraction(usize),
    /// `.999`: as many digits as there are, or none
    OptionalFraction,
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offset {
    /// `-07`
    Hours,
    /// `-0700`
    Minutes,
    /// `-07:00`
    ColonMinutes,
    /// `-070000`
    Seconds,
    /// `-07:00:00`
    ColonSeconds,
}

/// Fixed text, the element after it, how it is written, and the rest.
pub(super) struct Chunk<'t> {
    pub(super) prefix: &'t str,
    pub(super) element: Option<(Element, &'t str)>,
    pub(super) rest: &'t str,
}

/// The first element and what stands before it.
pub(super) fn next(layout: &str) -> Chunk<'_> {
    for (at, _) in layout.char_indices() {
        let rest = layout.get(at..).unwrap_or_default();
        if let Some((element, skipped, length)) = element(rest) {
            let start = at.saturating_add(skipped);
            let end = start.saturating_add(length);
            return Chunk {
                prefix: layout.get(..start).unwrap_or_default(),
                element: Some((element, layout.get(start..end).unwrap_or_default())),
                rest: layout.get(end..).unwrap_or_default(),
            };
        }
    }
    Chunk { prefix: layout, element: None, rest: "" }
}

/// The element that the text begins with: bytes to skip before it, and its length.
fn element(text: &str) -> Option<(Element, usize, usize)> {
    const WORDS: &[(&str, Element)] = &[
        ("January", Element::LongMonth),
        ("Monday", Element::LongWeekDay),
        ("MST", Element::Zone),
        ("002", Element::YearDay { blank: false }),
        ("01", Element::NumericMonth { two: true }),
        ("02", Element::Day { two: true, blank: false }),
        ("03", Element::Hour12 { two: true }),
        ("04", Element::Minute { two: true }),
        ("05", Element::Second { two: true }),
        ("06", Element::Year),
        ("15", Element::Hour),
        ("1", Element::NumericMonth { two: false }),
        ("2006", Element::LongYear),
        ("2", Element::Day { two: false, blank: false }),
        ("__2", Element::YearDay { blank: true }),
        ("3", Element::Hour12 { two: false }),
        ("4", Element::Minute { two: false }),
        ("5", Element::Second { two: false }),
        ("PM", Element::Half { lower: false }),
        ("pm", Element::Half { lower: true }),
        ("-070000", Element::Offset { form: Offset::Seconds, zulu: false }),
        ("-07:00:00", Element::Offset { form: Offset::ColonSeconds, zulu: false }),
        ("-0700", Element::Offset { form: Offset::Minutes, zulu: false }),
        ("-07:00", Element::Offset { form: Offset::ColonMinutes, zulu: false }),
        ("-07", Element::Offset { form: Offset::Hours, zulu: false }),
        ("Z070000", Element::Offset { form: Offset::Seconds, zulu: true }),
        ("Z07:00:00", Element::Offset { form: Offset::ColonSeconds, zulu: true }),
        ("Z0700", Element::Offset { form: Offset::Minutes, zulu: true }),
        ("Z07:00", Element::Offset { form: Offset::ColonMinutes, zulu: true }),
        ("Z07", Element::Offset { form: Offset::Hours, zulu: true }),
    ];
    if let Some((word, element)) = WORDS.iter().find(|(word, _)| text.starts_with(word)) {
        return Some((*element, 0, word.len()));
    }
    // The short names are part of a longer word where a lower-case letter follows.
    for (word, element) in [("Jan", Element::Month), ("Mon", Element::WeekDay)] {
        if let Some(after) = text.strip_prefix(word)
            && !after.starts_with(|next: char| next.is_ascii_lowercase())
        {
            return Some((element, 0, word.len()));
        }
    }
    // `_2006` is an underscore and a year.
    if text.starts_with("_2006") {
        return Some((Element::LongYear, 1, 4));
    }
    if text.starts_with("_2") {
        return Some((Element::Day { two: false, blank: true }, 0, 2));
    }
    fraction(text).map(|(element, length)| (element, 0, length))
}

/// A point or comma and a row of zeros or nines that no other digit follows.
fn fraction(text: &str) -> Option<(Element, usize)> {
    let after = text.strip_prefix(['.', ','])?;
    let digit = after.chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let rest = after.trim_start_matches(digit);
    if rest.starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    let length = text.len().saturating_sub(rest.len());
    Some((if digit == '0' { Element::Fraction(length) } else { Element::OptionalFraction }, length))
}
