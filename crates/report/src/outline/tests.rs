use super::*;

fn outline() -> Outline {
    let deep = Line::new("pattern", Mark::No, "image is `a<b>`").deciding(true);
    let deep = deep.at("policy", Some("p.yaml:3:1".to_owned())).at("resource", Some("r.yaml:1:2".to_owned()));
    let rest = ["a", "b"].map(|name| Line::new("pattern", Mark::Yes, name).folded());
    let rule = Line::new("rule", Mark::No, "rule\u{1b}[2J: fail\nfor a reason")
        .at("policy", Some("p.yaml:1:1".to_owned()))
        .fact("status", "fail")
        .with(std::iter::once(deep).chain(rest).collect());
    let changes = vec![Line::new("change", Mark::Added, "x: 1"), Line::new("change", Mark::Removed, "y: 2")];
    let other = Line::new("rule", Mark::Aside, "other: not asked").with(changes);
    Outline {
        title: "Pod a/b".to_owned(),
        lines: vec![Line::new("resource", Mark::Plain, "Pod a/b").with(vec![rule, other])],
    }
}

fn shown(form: Form, full: bool) -> String {
    outline().render(form, Style::default(), full)
}

#[test]
fn text_folds_what_does_not_decide() {
    insta::assert_snapshot!(shown(Form::Text, false));
    let full = shown(Form::Text, true);
    assert!(full.contains("✓ a\n") && !full.contains("folded"), "{full}");
    let colored = outline().render(Form::Text, Style { color: true, width: 100 }, false);
    assert!(colored.contains("\u{1b}[1mimage is"), "{colored}");
}

#[test]
fn markdown_is_a_list_without_markup_of_others() {
    insta::assert_snapshot!(shown(Form::Markdown, false));
}

#[test]
fn programs_get_everything() {
    insta::assert_snapshot!(shown(Form::Json, false));
}

#[test]
fn a_browser_gets_everything_and_no_markup_of_others() {
    let html = shown(Form::Html, false);
    assert!(html.contains("image is `a&lt;b&gt;`") && !html.contains("<b>"), "{html}");
    assert!(html.contains("<details open><summary>") && html.contains("class=\"yes\""), "{html}");
    assert!(html.chars().all(|c| c == '\n' || !c.is_control()), "{html}");
}
