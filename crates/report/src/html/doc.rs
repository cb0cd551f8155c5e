//! The Markdown of a rule's documentation, as much of it as rules use: paragraphs, lists, fenced blocks,
//! `code` and `<https://links>`.

use super::markup::Html;

pub(super) fn blocks(html: &mut Html, markdown: &str) {
    let mut open = Open::None;
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            open.close(html);
            html.raw(if fenced { "</pre>\n" } else { "<pre class=\"fix\" tabindex=\"0\">" });
            fenced = !fenced;
        } else if fenced {
            html.text(line).raw("\n");
        } else if line.trim().is_empty() {
            open.close(html);
        } else if let Some(item) = line.trim_start().strip_prefix("- ") {
            open.enter(html, Open::List);
            html.raw("<li>");
            inline(html, item);
        } else {
            if open == Open::None {
                open.enter(html, Open::Paragraph);
            } else {
                html.raw(" ");
            }
            inline(html, line.trim());
        }
    }
    open.close(html);
    if fenced {
        html.raw("</pre>\n");
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    None,
    Paragraph,
    List,
}

impl Open {
    fn enter(&mut self, html: &mut Html, next: Self) {
        if *self == next {
            return;
        }
        self.close(html);
        html.raw(if next == Self::List { "<ul>" } else { "<p>" });
        *self = next;
    }

    fn close(&mut self, html: &mut Html) {
        html.raw(match self {
            Self::None => "",
            Self::Paragraph => "</p>\n",
            Self::List => "</ul>\n",
        });
        *self = Self::None;
    }
}

fn inline(html: &mut Html, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['`', '<']) {
        let (before, from) = rest.split_at(at);
        html.text(before);
        if let Some((code, after)) = from.strip_prefix('`').and_then(|code| code.split_once('`')) {
            html.element("code", code);
            rest = after;
        } else if let Some((url, after)) = from
            .strip_prefix('<')
            .and_then(|url| url.split_once('>'))
            .filter(|(url, _)| url.starts_with("https://"))
        {
            html.raw("<a rel=\"noreferrer noopener\"").attribute("href", url).raw(">").text(url).raw("</a>");
            rest = after;
        } else {
            let (sign, after) = from.split_at(1);
            html.text(sign);
            rest = after;
        }
    }
    html.text(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_becomes_html() {
        let mut html = Html::with_capacity(0);
        blocks(
            &mut html,
            "One `a<b`\nmore <script>.\n\n- <https://x.org/?a&b>\n- two\n\n```yaml\na: <b>\n```\nend `",
        );
        insta::assert_snapshot!(html.finish(), @r#"
        <p>One <code>a&lt;b</code> more &lt;script&gt;.</p>
        <ul><li><a rel="noreferrer noopener" href="https://x.org/?a&amp;b">https://x.org/?a&amp;b</a><li>two</ul>
        <pre class="fix" tabindex="0">a: &lt;b&gt;
        </pre>
        <p>end `</p>
        "#);
    }
}
