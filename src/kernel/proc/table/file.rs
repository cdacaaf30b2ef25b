//! Reads the file of services whole, although the kernel skips some where other network namespaces have services too.
//!
//! The kernel shows the file a page at a time, and begins each page at the service of a certain number. To end a
//! page it counts the services of every namespace, to begin the next one those of the reader's alone; so it skips as
//! many of these as it passed of others. Linux 6.1 and 6.12 do that, 7.2 does not. Bytes are not miscounted: from a
//! place that is given in bytes the kernel begins with the right service, as long as that place is inside of it.

use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;

/// The first words of the lines that begin a service.
const TITLES: [&[u8]; 4] = [b"TCP ", b"UDP ", b"SCTP ", b"FWM "];

/// What is read at a time: at least the page that the kernel shows.
const BLOCK_LENGTH: usize = 64 * 1024;

/// How often the file is read anew where it changes so that its services cannot be told apart.
const ATTEMPTS: usize = 10;

/// The whole file.
///
/// # Errors
/// Where it cannot be read, and, as [`ErrorKind::InvalidData`], where it changes all the time.
pub fn read(file: &impl FileExt) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    // What comes with the first call is never from a second page.
    let first = read_block(file, 0, &mut text)?;
    while read_block(file, text.len(), &mut text)? > 0 {}
    if !continues(file, text.len())? {
        return Ok(text);
    }
    for _ in 0..ATTEMPTS {
        text.truncate(first);
        if read_services(file, &mut text)? {
            return Ok(text);
        }
    }
    Err(ErrorKind::InvalidData.into())
}

/// Whether there is more of the file than `length` bytes.
///
/// One of two neighbouring bytes is inside of a service, because none has only one.
fn continues(file: &impl FileExt, length: usize) -> io::Result<bool> {
    let mut byte = Vec::new();
    Ok(read_up_to(file, length, &mut byte, 1)? > 0
        || read_up_to(file, length + 1, &mut byte, 1)? > 0)
}

/// Appends what follows `text`, which ends where a service does, one service after the other: the kernel has to pass
/// all of the file before it for each. False where it has changed, so that no service begins there.
fn read_services(file: &impl FileExt, text: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        // Of the service but for its first byte, and of services behind it, of which some may have been skipped.
        let mut rest = Vec::new();
        let end = loop {
            let read = read_block(file, text.len() + 1 + rest.len(), &mut rest)?;
            match end_of_service(&rest) {
                Some(end) => break end,
                None if read == 0 => break rest.len(),
                None => {}
            }
        };
        if rest.is_empty() {
            return Ok(true);
        }
        let Some(title) = TITLES.iter().find(|title| rest.starts_with(&title[1..])) else {
            return Ok(false);
        };
        text.push(title[0]);
        text.extend_from_slice(&rest[..end]);
    }
}

/// Where a line begins that is not that of a server.
fn end_of_service(text: &[u8]) -> Option<usize> {
    let ends = memchr::memchr_iter(b'\n', text).map(|end| end + 1);
    let mut ends = ends.filter(|&end| text.get(end).is_some_and(|&byte| byte != b' '));
    ends.next()
}

/// Appends what one call reads; 0 bytes at the end.
fn read_block(file: &impl FileExt, offset: usize, text: &mut Vec<u8>) -> io::Result<usize> {
    read_up_to(file, offset, text, BLOCK_LENGTH)
}

fn read_up_to(
    file: &impl FileExt,
    offset: usize,
    text: &mut Vec<u8>,
    length: usize,
) -> io::Result<usize> {
    let before = text.len();
    text.resize(before + length, 0);
    let read = loop {
        match file.read_at(&mut text[before..], offset as u64) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => break read,
        }
    };
    text.truncate(before + *read.as_ref().unwrap_or(&0));
    read
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;

    /// The file as the kernel shows it to readers of one namespace.
    struct Shown {
        /// Those of other namespaces are `None`.
        services: Vec<Option<String>>,
        page: usize,
        /// Whether pages begin with the right service.
        counts_all: bool,
        state: RefCell<State>,
    }

    #[derive(Default)]
    struct State {
        /// The number of the next service, which follows what is `left` of those before it.
        index: usize,
        left: Vec<u8>,
        offset: usize,
    }

    const HEAD: &str = "IP Virtual Server\nProt\n  -> Remote\n";

    impl Shown {
        fn new(services: Vec<Option<String>>, page: usize, counts_all: bool) -> Shown {
            let mut services = services;
            services.insert(0, Some(HEAD.to_owned()));
            Shown {
                services,
                page,
                counts_all,
                state: RefCell::default(),
            }
        }

        fn text(&self) -> String {
            self.services.iter().flatten().map(String::as_str).collect()
        }

        fn show(&self, index: usize) -> &str {
            self.services[index].as_deref().unwrap_or("")
        }

        /// Which service a page begins with.
        fn start(&self, index: usize) -> usize {
            if self.counts_all {
                return index;
            }
            let own = (0..self.services.len()).filter(|&at| self.services[at].is_some());
            own.clone().nth(index).unwrap_or(self.services.len())
        }

        /// Goes on from the start of the file to a byte.
        fn traverse(&self, state: &mut State, offset: usize) {
            *state = State::default();
            let mut position = 0;
            while position < offset && state.index < self.services.len() {
                let text = self.show(state.index).as_bytes();
                state.index += 1;
                if position + text.len() > offset {
                    state.left = text[offset - position..].to_vec();
                }
                position += text.len();
            }
            state.offset = offset;
        }
    }

    impl FileExt for Shown {
        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            let state = &mut *self.state.borrow_mut();
            if state.offset != offset as usize || offset == 0 {
                self.traverse(state, offset as usize);
            }
            if state.left.is_empty() {
                let mut at = self.start(state.index);
                while at < self.services.len() {
                    let text = self.show(at).as_bytes();
                    let filled = state.left.len();
                    if filled >= buffer.len() || filled > 0 && filled + text.len() > self.page {
                        break;
                    }
                    state.left.extend_from_slice(text);
                    at += 1;
                }
                state.index = at;
            }
            let read = state.left.len().min(buffer.len());
            buffer[..read].copy_from_slice(&state.left[..read]);
            state.left.drain(..read);
            state.offset += read;
            Ok(read)
        }

        fn write_at(&self, _: &[u8], _: u64) -> io::Result<usize> {
            Err(ErrorKind::Unsupported.into())
        }
    }

    fn service(number: usize, servers: usize) -> String {
        let title = ["TCP", "UDP", "SCTP", "FWM"][number % 4];
        format!("{title}  {number}\n{}", "  -> server\n".repeat(servers))
    }

    #[test]
    fn the_kernel_as_it_is_shown_here_skips_services() {
        let services = [None, Some(0), None, Some(1), Some(2), Some(3)];
        let services = services.map(|number| Some(service(number?, 1)));
        let file = Shown::new(services.to_vec(), 60, false);
        let mut text = Vec::new();
        while read_block(&file, text.len(), &mut text).unwrap() > 0 {}
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, [HEAD, &service(0, 1), &service(3, 1)].concat());
        assert_eq!(
            String::from_utf8(read(&file).unwrap()).unwrap(),
            file.text()
        );
    }

    proptest! {
        #[test]
        fn no_service_is_missing(
            services in prop::collection::vec(prop::option::of(0..40_usize), 0..60),
            page in 50..500_usize,
            counts_all in any::<bool>(),
        ) {
            let numbered = services.iter().enumerate();
            let services = numbered.map(|(number, servers)| Some(service(number, (*servers)?)));
            let file = Shown::new(services.collect(), page, counts_all);
            prop_assert_eq!(String::from_utf8(read(&file)?).unwrap(), file.text());
        }
    }

    /// Whatever stands where a service is expected, all the time.
    #[test]
    fn a_file_that_changes_all_the_time() {
        let file = Shown::new(
            vec![None, Some("??\n".repeat(200)), Some(service(1, 1))],
            60,
            false,
        );
        assert_eq!(read(&file).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
