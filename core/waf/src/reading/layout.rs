//! Which collections rules read, and how each is made of the head of a request.

use std::collections::HashSet;

/// A collection of the head, and what makes its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Arguments,
    ArgumentNames,
    Cookies,
    CookieNames,
    HeaderNames,
    Headers,
    Single(Single),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Single {
    Address,
    ArgumentsSize,
    BadPercent,
    Basename,
    Filename,
    Line,
    Method,
    Processor,
    Protocol,
    Query,
    Target,
    Unique,
    Uri,
}

/// Variables that Python makes where the head has what they tell.
const VIEWS: &str = "VIEWS";
const JOINED: &str = "ARGS_JOINED";

fn source(name: &str) -> Option<Source> {
    Some(match name {
        "ARGS" | "ARGS_GET" => Source::Arguments,
        "ARGS_NAMES" | "ARGS_GET_NAMES" => Source::ArgumentNames,
        "REQUEST_COOKIES" => Source::Cookies,
        "REQUEST_COOKIES_NAMES" => Source::CookieNames,
        "REQUEST_HEADERS" => Source::Headers,
        "REQUEST_HEADERS_NAMES" => Source::HeaderNames,
        _ => Source::Single(single(name)?),
    })
}

fn single(name: &str) -> Option<Single> {
    Some(match name {
        "ARGS_COMBINED_SIZE" => Single::ArgumentsSize,
        "PATH_INFO" | "REQUEST_FILENAME" => Single::Filename,
        "QUERY_STRING" => Single::Query,
        "REMOTE_ADDR" | "REMOTE_HOST" => Single::Address,
        "REQBODY_PROCESSOR" => Single::Processor,
        "REQUEST_BASENAME" => Single::Basename,
        "REQUEST_LINE" => Single::Line,
        "REQUEST_METHOD" => Single::Method,
        "REQUEST_PROTOCOL" => Single::Protocol,
        "REQUEST_URI" => Single::Uri,
        "REQUEST_URI_RAW" => Single::Target,
        "UNIQUE_ID" => Single::Unique,
        "URLENCODED_ERROR" => Single::BadPercent,
        _ => return None,
    })
}

/// Collections by number, and how each is made.
pub struct Layout {
    pub names: Vec<String>,
    /// Collections that have exactly one member, whose key is empty.
    pub singles: Vec<bool>,
    pub made: Vec<(u16, Source)>,
    /// Those that Python makes of every head.
    pub unread: Vec<u16>,
    pub views: Option<u16>,
    pub joined: Option<u16>,
    pub separator: u8,
}

impl Layout {
    /// names: The collections that rules read. singles: Those with exactly one member.
    pub fn new(
        names: Vec<String>,
        singles: &HashSet<String>,
        heads: &HashSet<String>,
        separator: u8,
    ) -> Self {
        let mut layout = Layout {
            singles: names.iter().map(|name| singles.contains(name)).collect(),
            made: Vec::new(),
            unread: Vec::new(),
            views: None,
            joined: None,
            separator,
            names: Vec::new(),
        };
        for (number, name) in (0_u16..).zip(&names) {
            match (source(name), name.as_str()) {
                (Some(source), _) => layout.made.push((number, source)),
                (None, VIEWS) => layout.views = Some(number),
                (None, JOINED) => layout.joined = Some(number),
                (None, _) if heads.contains(name) => layout.unread.push(number),
                (None, _) => {}
            }
        }
        layout.names = names;
        layout
    }

    pub fn number(&self, name: &str) -> Option<u16> {
        let at = self.names.iter().position(|known| known == name)?;
        u16::try_from(at).ok()
    }
}
