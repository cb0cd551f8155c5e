//! Distinguished names.

use der::Tag;
use ironhull_value::Value;

use super::element::{Element, MALFORMED};
use super::{list, object, oid};

/// The attributes one by one, and those that everybody knows under their names.
pub(super) fn show(name: &Element<'_>) -> Result<Value, String> {
    let mut names = Vec::new();
    let mut lists: [Vec<Value>; 7] = Default::default();
    let (mut common_name, mut serial_number) = (String::new(), String::new());
    for set in name.inner()? {
        for attribute in set.inner()? {
            let mut parts = attribute.inner()?;
            let kind = parts.expect(Tag::ObjectIdentifier)?.oid()?;
            let text = parts.next().and_then(|value| value.text().ok_or_else(|| MALFORMED.into()))?;
            names.push(object([("Type", oid(&kind)), ("Value", text.as_str().into())]));
            let place = match kind.as_slice() {
                [2, 5, 4, 3] => {
                    common_name = text;
                    continue;
                }
                [2, 5, 4, 5] => {
                    serial_number = text;
                    continue;
                }
                [2, 5, 4, 6] => 0,
                [2, 5, 4, 10] => 1,
                [2, 5, 4, 11] => 2,
                [2, 5, 4, 7] => 3,
                [2, 5, 4, 8] => 4,
                [2, 5, 4, 9] => 5,
                [2, 5, 4, 17] => 6,
                _ => continue,
            };
            if let Some(list) = lists.get_mut(place) {
                list.push(text.as_str().into());
            }
        }
    }
    let [country, organization, unit, locality, province, street, postal_code] = lists.map(list);
    Ok(object([
        ("Country", country),
        ("Organization", organization),
        ("OrganizationalUnit", unit),
        ("Locality", locality),
        ("Province", province),
        ("StreetAddress", street),
        ("PostalCode", postal_code),
        ("SerialNumber", serial_number.as_str().into()),
        ("CommonName", common_name.as_str().into()),
        ("Names", list(names)),
        ("ExtraNames", Value::Null),
    ]))
}
