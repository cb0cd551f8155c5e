//! Where everything goes: boxes in columns from left to right, cards in boxes, lines in the channels
//! between them.
//!
//! In this order: what is to be placed and what is written on it ([`scene`]); which column ([`columns`]);
//! which order ([`order`]); which channels each line takes ([`route`]); how much room the lines need there
//! ([`tracks`]); coordinates ([`geometry`]). Lines run only in channels, and a channel is as wide as its
//! lines need, so no line runs through a card.

mod columns;
mod geometry;
mod grid;
mod order;
mod rank;
mod route;
mod scene;
mod tracks;
mod words;

use super::fold::Drawing;
use geometry::Geometry;
pub(super) use scene::{Bundle, Frame, Place, Row, RowKind, Scene, Side};

/// A finished layout. Lengths are in pixels.
pub(super) struct Laid {
    pub(super) scene: Scene,
    pub(super) cards: Vec<Rect>,
    pub(super) frames: Vec<Rect>,
    pub(super) wires: Vec<Wire>,
    pub(super) width: f64,
    pub(super) height: f64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
}

/// The way of one line, from its target back to its source: so the dashes of lines that share a trunk
/// fall together.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub(super) bundle: usize,
    pub(super) source: Place,
    pub(super) points: Vec<(f64, f64)>,
}

/// Lays out within a width if it can be done with readable cards.
pub(super) fn layout(drawing: &Drawing, max_width: f64) -> Laid {
    let mut best: Option<Laid> = None;
    // Many narrow cards make a squarer picture than few wide ones.
    let wide = match drawing.items.len() {
        _ if drawing.collapsed => 170.0,
        0..=25 => 225.0,
        26..=60 => 180.0,
        _ => 142.0,
    };
    for (share, card, tight) in [
        (1.3, wide, 60.0),
        (1.15, wide, 60.0),
        (1.0, wide, 80.0),
        (0.85, wide, 80.0),
        (0.7, wide, 80.0),
        (0.5, wide, 80.0),
        (0.0, 225.0, 60.0),
        (0.0, 180.0, 60.0),
        (0.0, 150.0, 45.0),
        (0.0, 130.0, 35.0),
    ] {
        let laid = attempt(drawing, max_width * share, card, tight);
        let fits = laid.width <= max_width;
        if best.as_ref().is_none_or(|best| laid.width < best.width) {
            best = Some(laid);
        }
        if fits {
            break;
        }
    }
    // The loop runs at least once.
    best.unwrap_or_else(|| attempt(drawing, max_width, 130.0, 35.0))
}

fn attempt(drawing: &Drawing, budget: f64, widest_card: f64, tight: f64) -> Laid {
    let mut scene = Scene::new(drawing, widest_card);
    columns::assign(&mut scene, budget);
    order::arrange(&mut scene);
    let nominal = Geometry::nominal(&scene);
    let grid = grid::Grid::new(&scene, &nominal);
    let routes = route::route(&scene, &grid, &nominal);
    let (geometry, wires) = tracks::spread(&scene, &grid, &routes, tight);
    Laid {
        cards: geometry.cards.clone(),
        frames: geometry.frames.clone(),
        width: geometry.width,
        height: geometry.height,
        wires,
        scene,
    }
}
