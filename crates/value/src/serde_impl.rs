//! JSON out and in, for wire formats, tests and oracles. Files with positions are read by `manifest`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::{Interner, Key, Map, Value};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Str(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items.iter()),
            Self::Map(map) => map.serialize(serializer),
        }
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key.as_str(), value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut interner = Interner::new();
        Self::deserialize_interned(deserializer, &mut interner)
    }
}

impl Value {
    /// As [`Deserialize`], with keys that are shared with everything else that was read with this interner:
    /// for a stream of many small documents that are kept.
    pub fn deserialize_interned<'de, D: Deserializer<'de>>(
        deserializer: D,
        interner: &mut Interner,
    ) -> Result<Self, D::Error> {
        let (mut entries, mut items) = (Vec::with_capacity(64), Vec::with_capacity(16));
        let tree = Tree { interner, entries: &mut entries, items: &mut items };
        serde::de::DeserializeSeed::deserialize(tree, deserializer)
    }
}

/// Reads a tree. What was read of the levels that are open is in two lists, from which each level takes its own when it is
/// read: most maps are small, and a list for each would be two allocations more.
struct Tree<'a> {
    interner: &'a mut Interner,
    entries: &'a mut Vec<(Key, Value)>,
    items: &'a mut Vec<Value>,
}

impl Tree<'_> {
    fn below(&mut self) -> Tree<'_> {
        Tree { interner: self.interner, entries: self.entries, items: self.items }
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "beyond i64 the API machinery holds a float64")]
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Str(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let start = self.items.len();
        while let Some(item) = access.next_element_seed(self.below())? {
            self.items.push(item);
        }
        Ok(Value::Array(self.items.drain(start..).collect()))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let start = self.entries.len();
        while let Some(key) = access.next_key_seed(KeyText(self.interner))? {
            let value = access.next_value_seed(self.below())?;
            self.entries.push((key, value));
        }
        Ok(Value::Map(Map::from_end(self.entries, start)))
    }
}

struct KeyText<'a>(&'a mut Interner);

impl<'de> serde::de::DeserializeSeed<'de> for KeyText<'_> {
    type Value = Key;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyText<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object key")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
        Ok(self.0.key(text))
    }
}
