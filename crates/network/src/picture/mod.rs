//! Pictures of connections: layout, SVG, HTML and DOT.
