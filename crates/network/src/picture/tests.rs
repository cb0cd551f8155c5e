use super::model::{Options, Theme};
use super::*;

/// Writes the samples to a folder, to be looked at: `PICTURES=/tmp/x cargo test … -- --ignored samples`.
#[test]
#[ignore = "writes files to look at"]
fn write_samples() {
    let Ok(folder) = std::env::var("PICTURES") else { return };
    for (name, picture) in [
        ("shop", samples::shop()),
        ("difference", samples::difference()),
        ("cluster", samples::cluster(200, 12)),
    ] {
        for width in [400, 800, 1600] {
            for (theme, theme_name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
                let options = Options { max_width: width, theme, ..Options::default() };
                std::fs::write(format!("{folder}/{name}-{width}-{theme_name}.svg"), svg(&picture, &options))
                    .unwrap();
            }
        }
        std::fs::write(format!("{folder}/{name}.html"), html(&picture, &Options::default())).unwrap();
        std::fs::write(format!("{folder}/{name}.dot"), dot(&picture, DotFlavour::Styled)).unwrap();
    }
}
