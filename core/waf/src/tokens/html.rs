//! HTML in a value: tags and attributes, and the decision whether they run code.

use std::borrow::Cow;

use memchr::memchr;

use super::lexer::is_space;
use super::Tables;
use crate::transforms;

/// Returns what runs code, as `tag script` or `attribute onclick`; None where nothing does.
pub fn xss(tables: &Tables, value: &[u8]) -> Option<Vec<u8>> {
    let value: Cow<'_, [u8]> = if memchr(0, value).is_some() {
        value.iter().copied().filter(|byte| *byte != 0).collect()
    } else {
        Cow::Borrowed(value)
    };
    if memchr(b'<', &value).is_some() {
        if let Some(found) = tags(tables, &value) {
            return Some(found);
        }
        if tables.rule("declared", &value) {
            return Some(b"declaration".to_vec());
        }
    }
    if memchr(b'=', &value).is_some() && tables.rule("handler", &value) {
        return Some(b"handler".to_vec());
    }
    if memchr(b':', &value).is_some() && tables.rule("url", &value) {
        return Some(b"url".to_vec());
    }
    None
}

fn tags(tables: &Tables, value: &[u8]) -> Option<Vec<u8>> {
    let mut work = tables.number("work_factor") * value.len() + tables.number("work_base");
    let mut from = 0;
    while let Some(open) = memchr(b'<', &value[from..]) {
        let begin = from + open + 1;
        if !value.get(begin).is_some_and(u8::is_ascii_alphabetic) {
            from = begin;
            continue;
        }
        let ends = |byte: &u8| is_space(*byte) || b"/><=\"'`".contains(byte);
        let end = begin + value[begin..].iter().take_while(|byte| !ends(byte)).count();
        from = end;
        let name = local_name(&value[begin..end]);
        if tables.in_set("alone", &name) {
            return Some([b"tag ".as_slice(), &name].concat());
        }
        let mut at = end;
        while let Some(attribute) = Attribute::read(value, at) {
            let length = attribute.end - at;
            if work < length {
                return Some(b"tags".to_vec());
            }
            work -= length;
            at = attribute.end;
            if let Some(found) = attribute.judge(tables, &name) {
                return Some(found);
            }
        }
    }
    None
}

/// Returns a name in lower case, without the name of its namespace.
fn local_name(name: &[u8]) -> Vec<u8> {
    let local = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
    local.to_ascii_lowercase()
}

struct Attribute<'v> {
    name: &'v [u8],
    /// Quotes included; empty where there is none.
    value: &'v [u8],
    end: usize,
}

impl<'v> Attribute<'v> {
    /// Reads an attribute at a place; None where none begins.
    fn read(text: &'v [u8], at: usize) -> Option<Self> {
        let run = |from: usize, belongs: &dyn Fn(u8) -> bool| {
            let rest = text.get(from..).unwrap_or_default();
            from + rest.iter().take_while(|byte| belongs(**byte)).count()
        };
        let begin = run(at, &|byte| is_space(byte) || b"/\"'`".contains(&byte));
        if matches!(text.get(begin), None | Some(b'>' | b'<' | b'=')) {
            return None;
        }
        let end = run(begin, &|byte| !is_space(byte) && !b"/><=".contains(&byte));
        let name = &text[begin..end];
        let equals = run(end, &is_space);
        if text.get(equals) != Some(&b'=') {
            return Some(Attribute {
                name,
                value: b"",
                end,
            });
        }
        let start = run(equals + 1, &is_space);
        let end = match text.get(start) {
            Some(quote @ (b'"' | b'\'' | b'`')) => {
                memchr(*quote, &text[start + 1..]).map_or(text.len(), |length| start + length + 2)
            }
            _ => run(start, &|byte| !is_space(byte) && byte != b'>'),
        };
        Some(Attribute {
            name,
            value: &text[start..end],
            end,
        })
    }

    /// Returns what an attribute makes of its tag, None where it is harmless.
    fn judge(&self, tables: &Tables, tag: &[u8]) -> Option<Vec<u8>> {
        if self.value.is_empty() {
            return None;
        }
        if tables.in_set("with_attributes", tag) {
            return Some([b"tag ".as_slice(), tag].concat());
        }
        let name = local_name(self.name);
        acts(tables, &name, unquoted(self.value))
            .then(|| [b"attribute ".as_slice(), &name].concat())
    }
}

fn unquoted(mut text: &[u8]) -> &[u8] {
    while let [b'"' | b'\'' | b'`', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b'"' | b'\'' | b'`'] = text {
        text = rest;
    }
    text
}

/// Tells whether an attribute with this value runs code.
fn acts(tables: &Tables, name: &[u8], text: &[u8]) -> bool {
    if name.starts_with(b"on") && name.len() > 4 && name.iter().all(u8::is_ascii_alphabetic) {
        return true;
    }
    if tables.in_set("marked", name) {
        return true;
    }
    if name == b"style" {
        let mut style = transforms::changed("replacecomments", decoded(text));
        style.retain(|byte| *byte != b' ');
        return tables.rule("style", &style);
    }
    if tables.in_set("urls", name) {
        let mut url = decoded(text);
        url.retain(|byte| *byte > b' ');
        return tables.rule("runs", &url) && !tables.rule("harmless", &url);
    }
    false
}

fn decoded(text: &[u8]) -> Vec<u8> {
    transforms::changed("htmlentitydecode", text.to_vec())
}
