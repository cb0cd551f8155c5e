//! Large JSON lists, item by item.
//!
//! The dump of a cluster is hundreds of megabytes that nobody wrote by hand. Its text is not kept and its
//! fields have no positions; each item knows the line at which it begins.

use ironhull_value::{Interner, Value};

use crate::diagnostic::Diagnostic;
use crate::json;

/// Cuts the items of a `List` out of a stream of blocks.
#[derive(Debug)]
pub struct ItemSplitter {
    depth: u32,
    string: bool,
    escaped: bool,
    /// The last text at the top level, which may be a key.
    key: Vec<u8>,
    in_items: bool,
    has_items: bool,
    item: Vec<u8>,
    line: u32,
    item_line: u32,
}

impl Default for ItemSplitter {
    fn default() -> Self {
        Self {
            depth: 0,
            string: false,
            escaped: false,
            key: Vec::new(),
            in_items: false,
            has_items: false,
            item: Vec::new(),
            line: 1,
            item_line: 1,
        }
    }
}

impl ItemSplitter {
    /// Depth of the items' own braces: the list's object, its array, the item.
    const ITEM: u32 = 3;

    /// Takes the next block. `found` gets each complete item and the line at which it begins.
    pub fn push(&mut self, block: &[u8], found: &mut dyn FnMut(Vec<u8>, u32)) {
        let mut start = 0_usize;
        let mut at = 0_usize;
        while let Some(byte) = block.get(at).copied() {
            if self.string {
                at = at.saturating_add(self.inside_string(block.get(at..).unwrap_or_default()));
                continue;
            }
            match byte {
                b'\n' => self.line = self.line.saturating_add(1),
                b'"' => {
                    self.string = true;
                    if self.depth == 1 {
                        self.key.clear();
                    }
                }
                b'{' | b'[' => {
                    self.depth = self.depth.saturating_add(1);
                    if self.depth == 2 && byte == b'[' && self.key == b"items" {
                        (self.in_items, self.has_items) = (true, true);
                    }
                    if self.in_items && self.depth == Self::ITEM && byte == b'{' {
                        start = at;
                        self.item_line = self.line;
                    }
                }
                b'}' | b']' => {
                    if self.in_items && self.depth == Self::ITEM && byte == b'}' {
                        let end = at.saturating_add(1);
                        self.item.extend_from_slice(block.get(start..end).unwrap_or_default());
                        found(std::mem::take(&mut self.item), self.item_line);
                        start = end;
                    }
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth < 2 {
                        self.in_items = false;
                    }
                }
                _ => {}
            }
            at = at.saturating_add(1);
        }
        if self.in_items && self.depth >= Self::ITEM {
            self.item.extend_from_slice(block.get(start..).unwrap_or_default());
        }
    }

    /// Whether the stream was a list that is complete.
    pub fn is_complete_list(&self) -> bool {
        self.has_items && self.depth == 0 && !self.string
    }

    /// Whether any list began.
    pub fn is_list(&self) -> bool {
        self.has_items
    }

    /// The line that was reached.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Number of bytes up to and including the end of the string, or of the block.
    fn inside_string(&mut self, rest: &[u8]) -> usize {
        if self.escaped {
            self.escaped = false;
            return 1;
        }
        let length = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        if self.depth == 1 {
            self.key.extend_from_slice(rest.get(..length).unwrap_or_default());
        }
        match rest.get(length) {
            Some(b'"') => self.string = false,
            Some(_) => self.escaped = true,
            None => return length,
        }
        length.saturating_add(1)
    }
}

/// Reads one item.
///
/// # Errors
/// When it is not JSON; the position is within the item.
pub fn read_item(text: &str, depth: usize, interner: &mut Interner) -> Result<Value, Diagnostic> {
    match json::read_value(text, 0, depth, interner) {
        Some(read) => read.map(|read| read.value),
        None => Ok(Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "{\n  \"apiVersion\": \"v1\", \"metadata\": {\"items\": [{\"no\": 1}]},\n  \"items\": [\n    {\"a\": \"}]\\\"{\"},\n    {\"b\": {\"items\": [1, {}]}}\n  ],\n  \"kind\": \"List\"\n}\n";

    fn split(text: &str, block: usize) -> (Vec<(String, u32)>, ItemSplitter) {
        let mut items = Vec::new();
        let mut splitter = ItemSplitter::default();
        for block in text.as_bytes().chunks(block) {
            splitter.push(block, &mut |item, line| items.push((String::from_utf8(item).unwrap(), line)));
        }
        (items, splitter)
    }

    #[test]
    fn items_are_cut_wherever_the_blocks_end() {
        let expected =
            [("{\"a\": \"}]\\\"{\"}".to_owned(), 4), ("{\"b\": {\"items\": [1, {}]}}".to_owned(), 5)];
        for block in 1..LIST.len() {
            let (items, splitter) = split(LIST, block);
            assert_eq!(items, expected, "blocks of {block}");
            assert!(splitter.is_complete_list());
        }
    }

    #[test]
    fn what_is_no_list_or_not_complete_is_told() {
        assert!(!split("{\"kind\": \"Pod\", \"spec\": {\"items\": [{}]}}", 7).1.is_list());
        let (items, splitter) = split(LIST.split_at(LIST.len() / 2).0, 7);
        assert!(splitter.is_list() && !splitter.is_complete_list() && items.len() < 2);
    }
}
