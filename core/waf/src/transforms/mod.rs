//! Transformations by name, each with the bytes without which nothing changes.
//!
//! `engines/inspect/transforms` is the specification; tests hold both equal.

mod binary;
mod codes;
mod comments;
mod escapes;
mod paths;
mod spaces;
mod urls;

use crate::features::{self, Features};

type Run = fn(&[u8]) -> Vec<u8>;

/// One transformation.
#[derive(Clone, Copy)]
pub struct Transform {
    pub name: &'static str,
    /// A text with none of these features stays as it is.
    pub trigger: Features,
    /// Whether only the case of ASCII letters changes.
    pub folds: bool,
    run: Run,
}

impl Transform {
    /// Returns the new text; None where nothing changes.
    pub fn apply(&self, text: &[u8]) -> Option<Vec<u8>> {
        let changed = (self.run)(text);
        (changed != text).then_some(changed)
    }
}

/// Returns a transformation; name: in lower case.
pub fn find(name: &str) -> Option<&'static Transform> {
    TRANSFORMS.iter().find(|transform| transform.name == name)
}

/// Returns a text after a transformation that is known by its name.
pub fn changed(name: &str, text: Vec<u8>) -> Vec<u8> {
    find(name)
        .and_then(|step| step.apply(&text))
        .unwrap_or(text)
}

const fn made(name: &'static str, trigger: Features, run: Run) -> Transform {
    Transform {
        name,
        trigger,
        folds: false,
        run,
    }
}

const fn folding(name: &'static str, trigger: Features, run: Run) -> Transform {
    Transform {
        name,
        trigger,
        folds: true,
        run,
    }
}

const COMMENTS: Features = features::SLASH | features::STAR | features::DASH | features::HASH;
const PATHS: Features = features::SLASH | features::DOT;
const SPACES: Features = features::SPACE | features::BLANK;
const COMMAND: Features =
    SPACES | features::UPPER | features::QUOTE | features::BACKSLASH | features::SEPARATOR;

static TRANSFORMS: &[Transform] = &[
    made("base64decode", features::ANY, binary::base64_decode),
    made("base64decodeext", features::ANY, binary::base64_decode_ext),
    made("base64encode", features::ANY, binary::base64_encode),
    made("cmdline", COMMAND, spaces::cmd_line),
    made("compresswhitespace", SPACES, spaces::compress_whitespace),
    made("cssdecode", features::BACKSLASH, escapes::css_decode),
    made(
        "escapeseqdecode",
        features::BACKSLASH,
        escapes::escape_seq_decode,
    ),
    made("hexdecode", features::ANY, binary::hex_decode),
    made("hexencode", features::ANY, binary::hex_encode),
    made(
        "htmlentitydecode",
        features::AMPERSAND,
        escapes::html_entity_decode,
    ),
    made("jsdecode", features::BACKSLASH, escapes::js_decode),
    made("length", features::ANY, binary::length),
    folding("lowercase", features::UPPER, <[u8]>::to_ascii_lowercase),
    made("md5", features::ANY, binary::md5),
    made("normalisepath", PATHS, paths::normalize_path),
    made(
        "normalisepathwin",
        PATHS | features::BACKSLASH,
        paths::normalize_path_win,
    ),
    made("normalizepath", PATHS, paths::normalize_path),
    made(
        "normalizepathwin",
        PATHS | features::BACKSLASH,
        paths::normalize_path_win,
    ),
    made("parityeven7bit", features::ANY, binary::parity_even),
    made("parityodd7bit", features::ANY, binary::parity_odd),
    made("parityzero7bit", features::HIGH, binary::parity_zero),
    made(
        "removecomments",
        COMMENTS | features::LESS,
        comments::remove_comments,
    ),
    made(
        "removecommentschar",
        COMMENTS | features::LESS,
        comments::remove_comments_char,
    ),
    made("removenulls", features::NUL, spaces::remove_nulls),
    made(
        "removewhitespace",
        SPACES | features::HIGH,
        spaces::remove_whitespace,
    ),
    made(
        "replacecomments",
        features::STAR,
        comments::replace_comments,
    ),
    made("replacenulls", features::NUL, spaces::replace_nulls),
    made("sha1", features::ANY, binary::sha1),
    made("sqlhexdecode", features::LETTER_X, binary::sql_hex_decode),
    made("trim", SPACES, spaces::trim),
    made("trimleft", SPACES, spaces::trim_left),
    made("trimright", SPACES, spaces::trim_right),
    folding("uppercase", features::LOWER, <[u8]>::to_ascii_uppercase),
    made(
        "urldecode",
        features::PERCENT | features::PLUS,
        urls::url_decode,
    ),
    made(
        "urldecodeuni",
        features::PERCENT | features::PLUS,
        urls::url_decode_uni,
    ),
    made(
        "urlencode",
        features::NOT_WORD | features::UNDERSCORE,
        urls::url_encode,
    ),
    made(
        "utf8tounicode",
        features::HIGH | features::NUL,
        urls::utf8_to_unicode,
    ),
];

#[cfg(test)]
mod tests {
    use super::TRANSFORMS;
    use crate::features::{of, ANY};

    #[test]
    fn a_text_without_the_trigger_stays() {
        let mut state: u32 = 1;
        for _ in 0..20_000 {
            let mut text = Vec::new();
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            for _ in 0..(state >> 16) % 12 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push(state.to_be_bytes()[0]);
            }
            for transform in TRANSFORMS {
                if of(&text) & transform.trigger == 0 {
                    assert_eq!(transform.apply(&text), None, "{} {text:?}", transform.name);
                }
            }
        }
    }

    #[test]
    fn every_text_has_the_feature_of_all() {
        assert_eq!(of(b"") & ANY, ANY);
    }
}
