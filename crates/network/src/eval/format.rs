//! The answer about one connection as text, Markdown, CSV and JSON.

use super::Reply;
use crate::Format;
use crate::json::Json;
use crate::list::csv_row;
use crate::site::Site;

/// Writes an answer.
pub fn write(reply: &Reply, format: Format) -> String {
    match format {
        Format::Text => line(reply),
        Format::Markdown => markdown(reply),
        Format::Csv => csv(reply),
        Format::Json => json(reply),
    }
}

/// The connection, the answer, what decided.
fn line(reply: &Reply) -> String {
    format!(
        "{} => {} over {}/{}: {}: {}",
        reply.from,
        reply.to,
        reply.protocol,
        reply.port,
        reply.answer.name(),
        reply.because.join("; ")
    )
}

fn markdown(reply: &Reply) -> String {
    let mut out = format!(
        "**{} => {} over {}/{}: {}**\n\n",
        reply.from,
        reply.to,
        reply.protocol,
        reply.port,
        reply.answer.name()
    );
    for because in &reply.because {
        out.push_str("- ");
        out.push_str(because);
        out.push('\n');
    }
    out
}

fn csv(reply: &Reply) -> String {
    let mut out = "from,to,protocol,port,answer,because\n".to_owned();
    csv_row(
        &mut out,
        &[
            &reply.from,
            &reply.to,
            reply.protocol.name(),
            &reply.port.to_string(),
            reply.answer.name(),
            &reply.because.join("; "),
        ],
    );
    out
}

fn json(reply: &Reply) -> String {
    Json::Map(vec![
        ("from", Json::text(reply.from.clone())),
        ("to", Json::text(reply.to.clone())),
        ("protocol", Json::text(reply.protocol.name())),
        ("port", Json::Number(u64::from(reply.port))),
        ("answer", Json::text(reply.answer.name())),
        ("because", Json::texts(reply.because.iter().cloned())),
        ("by", Json::List(reply.sites.iter().map(Site::json).collect())),
    ])
    .pretty()
}
