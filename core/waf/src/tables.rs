//! What is known of the names of headers: handed over by Python, so that each list is written once.

/// A header that frames a message.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Framing {
    #[default]
    None,
    Connection,
    ContentLength,
    ContentType,
    Expect,
    Host,
    TransferEncoding,
    Upgrade,
}

/// How a header of one name is treated; member: Of the log, counted from 1, and 0 for none.
#[derive(Clone, Copy)]
pub struct Known {
    pub framing: Framing,
    pub to_backend: bool,
    pub to_client: bool,
    pub member: u8,
}

impl Default for Known {
    fn default() -> Known {
        Known {
            framing: Framing::None,
            to_backend: true,
            to_client: true,
            member: 0,
        }
    }
}

/// The longest name that is looked up.
const LONGEST: usize = 32;

/// Names in lower case, by their length.
pub struct Tables {
    names: Vec<Vec<(Vec<u8>, Known)>>,
    pub members: Vec<String>,
    pub most_headers: usize,
}

impl Tables {
    /// Puts the lists in order; an error where a name is too long or frames in an unknown way.
    pub fn new(
        framing: &[Vec<u8>],
        not_to_backend: &[Vec<u8>],
        not_to_client: &[Vec<u8>],
        logged: Vec<(Vec<u8>, String)>,
        most_headers: usize,
    ) -> Result<Tables, String> {
        let mut tables = Tables {
            names: vec![Vec::new(); LONGEST + 1],
            members: Vec::new(),
            most_headers,
        };
        for name in framing {
            tables.entry(name)?.framing = match name.as_slice() {
                b"connection" => Framing::Connection,
                b"content-length" => Framing::ContentLength,
                b"content-type" => Framing::ContentType,
                b"expect" => Framing::Expect,
                b"host" => Framing::Host,
                b"transfer-encoding" => Framing::TransferEncoding,
                b"upgrade" => Framing::Upgrade,
                _ => return Err("a header frames in an unknown way".to_string()),
            };
        }
        for name in not_to_backend {
            tables.entry(name)?.to_backend = false;
        }
        for name in not_to_client {
            tables.entry(name)?.to_client = false;
        }
        for (name, member) in logged {
            tables.members.push(member);
            let number = u8::try_from(tables.members.len());
            tables.entry(&name)?.member = number.map_err(|_| "too many members".to_string())?;
        }
        Ok(tables)
    }

    fn entry(&mut self, name: &[u8]) -> Result<&mut Known, String> {
        let row = self.names.get_mut(name.len()).ok_or("a name is too long")?;
        let at = match row.iter().position(|one| one.0 == name) {
            Some(at) => at,
            None => {
                row.push((name.to_vec(), Known::default()));
                row.len() - 1
            }
        };
        Ok(&mut row[at].1)
    }

    /// Returns how a header is treated.
    ///
    /// SECURITY: programs behind CGI do not tell `_` from `-`, so a backend gets neither spelling.
    pub fn find(&self, name: &[u8]) -> Known {
        let Some(row) = self.names.get(name.len()) else {
            return Known::default();
        };
        let found = row.iter().find(|one| one.0.eq_ignore_ascii_case(name));
        let mut known = found.map_or_else(Known::default, |one| one.1);
        if found.is_none() && name.contains(&b'_') {
            known.to_backend = row
                .iter()
                .filter(|one| !one.1.to_backend)
                .all(|one| !alike(&one.0, name));
        }
        known
    }

    #[cfg(test)]
    pub fn for_tests() -> Tables {
        let framing = ["connection", "content-length", "host", "transfer-encoding"];
        let framing = framing.map(|name| name.as_bytes().to_vec());
        Tables::new(&framing, &framing[..2], &framing[..2], Vec::new(), 256).unwrap()
    }
}

fn alike(known: &[u8], name: &[u8]) -> bool {
    known.iter().zip(name).all(|(ours, theirs)| {
        let theirs = if *theirs == b'_' { b'-' } else { *theirs };
        ours.eq_ignore_ascii_case(&theirs)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_underscore_is_no_way_around() {
        let tables = Tables::for_tests();
        assert!(!tables.find(b"Content_Length").to_backend);
        assert!(!tables.find(b"CONTENT-LENGTH").to_backend);
        assert!(tables.find(b"Content_Length").framing == Framing::None);
        assert!(tables.find(b"Content_Lengths").to_backend);
    }
}
