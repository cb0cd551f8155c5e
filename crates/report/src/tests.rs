//! What every format shows of one report.

use crate::testing::{hostile, report_of, sample};
use crate::{Format, Report, Style, render};

fn shown(report: &Report, format: Format) -> String {
    render(report, format, Style::default())
}

#[test]
fn text() {
    insta::assert_snapshot!(shown(&sample(), Format::Text));
}

#[test]
fn text_full() {
    insta::assert_snapshot!(shown(&sample(), Format::TextFull));
}

#[test]
fn table() {
    insta::assert_snapshot!(shown(&sample(), Format::Table));
}

#[test]
fn json() {
    insta::assert_snapshot!(shown(&sample(), Format::Json));
}

#[test]
fn sarif() {
    insta::assert_snapshot!(shown(&sample(), Format::Sarif));
}

#[test]
fn junit() {
    insta::assert_snapshot!(shown(&sample(), Format::Junit));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(shown(&sample(), Format::Markdown));
}

#[test]
fn csv() {
    insta::assert_snapshot!(shown(&sample(), Format::Csv));
}

#[test]
fn html_without_style_and_script() {
    let html = shown(&sample(), Format::Html);
    let without = |html: String, from: &str, to: &str| {
        let start = html.find(from).unwrap() + from.len();
        let end = html.find(to).unwrap();
        format!("{}{}", &html[..start], &html[end..])
    };
    let html = without(html, "<style>", "</style>");
    let html = without(html, "<script>", "</script>");
    let policy = html.find("style-src").unwrap();
    let end = policy + html[policy..].find("; base-uri").unwrap();
    insta::assert_snapshot!(format!("{}…{}", &html[..policy], &html[end..]));
}

#[test]
fn no_format_shows_a_secret() {
    let report = sample();
    for format in Format::ALL {
        let out = shown(&report, format);
        for secret in ["hunter2", "hunter3", "hunter4", "hunter5"] {
            assert!(!out.contains(secret), "{format} shows {secret}:\n{out}");
        }
    }
}

#[test]
fn text_of_others_drives_no_terminal() {
    let report = hostile();
    for format in [Format::Text, Format::TextFull, Format::Table, Format::Markdown, Format::Html] {
        let out = shown(&report, format);
        for bad in ['\u{1b}', '\u{202e}'] {
            assert!(!out.contains(bad), "{format}: {bad:?}\n{out}");
        }
    }
    assert_eq!(shown(&report, Format::Text).lines().filter(|line| line.contains("WL002")).count(), 1);
}

#[test]
fn colours_change_nothing_but_colour() {
    let report = sample();
    for format in [Format::Text, Format::TextFull, Format::Table] {
        let plain = shown(&report, format);
        let colored = render(&report, format, Style { color: true, ..Style::default() });
        let mut stripped = String::new();
        let mut parts = colored.split("\u{1b}[");
        stripped.push_str(parts.next().unwrap());
        for part in parts {
            stripped.push_str(part.split_once('m').unwrap().1);
        }
        assert_ne!(plain, colored);
        assert_eq!(plain, stripped);
    }
}

#[test]
fn nothing_found_is_not_compliant() {
    let mut report = report_of(Vec::new());
    report.rules = vec![&crate::testing::ROOT];
    report.tally.entry("WL007").or_default().passed = 3;
    report.inputs.objects = 3;
    let text = shown(&report, Format::Text);
    insta::assert_snapshot!(text, @r"
    No findings: 1 rule asked about 3 objects found nothing
    Read           1 file, 1 document, 3 objects
    Coverage       100% of 3 questions (a rule and an object) got a verdict
    ");
    report.tally.entry("WL007").or_default().unknown = 1;
    assert!(shown(&report, Format::Text).contains("but 1 question could not be decided"));
    for format in Format::ALL {
        assert!(!shown(&report, format).to_lowercase().contains("compliant"), "{format}");
    }
    report.inputs.objects = 0;
    for format in [Format::Text, Format::Table, Format::Markdown, Format::Html] {
        assert!(shown(&report, format).contains("Nothing was judged"), "{format}");
    }
}
