//! Compiled expressions, each once.

use std::sync::{Arc, RwLock};

use ironhull_jmespath::{Dialect, Expression};
use rustc_hash::FxHashMap;

/// Beyond so many expressions nothing more is kept: texts that come out of variables may be without number.
const MOST: usize = 10_000;

type Compiled = Result<Arc<Known>, String>;

/// An expression, and what is known of it.
#[derive(Debug)]
pub struct Known {
    /// The expression.
    pub expression: Expression,
    /// Whether its answer depends on the request alone.
    pub(super) is_of_request: bool,
}

impl Known {
    fn new(expression: Expression) -> Self {
        let roots = expression.roots();
        let is_request = |path: &Vec<&str>| path.first() == Some(&"request");
        let is_of_request = !roots.is_empty() && roots.iter().all(is_request) && expression.is_steady();
        Self { expression, is_of_request }
    }
}

/// The expressions of a set of policies.
#[derive(Debug, Default)]
pub struct Expressions(RwLock<FxHashMap<String, Compiled>>);

impl Expressions {
    /// An expression, compiled now unless it was before.
    ///
    /// # Errors
    /// When it is none, with upstream's words.
    pub fn get(&self, text: &str) -> Compiled {
        let known = self.0.read().ok().and_then(|known| known.get(text).cloned());
        if let Some(known) = known {
            return known;
        }
        let compiled = Expression::parse(text, Dialect::Kyverno);
        let compiled = compiled.map(|one| Arc::new(Known::new(one))).map_err(|why| why.to_string());
        if let Ok(mut known) = self.0.write()
            && known.len() < MOST
        {
            known.insert(text.to_owned(), compiled.clone());
        }
        compiled
    }
}
