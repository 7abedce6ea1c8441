//! The pages of a file, and the cells of those that hold rows.

use std::collections::{HashMap, HashSet};

use super::{
    log::{self, word},
    value,
};

/// What the inbox's files have.
const PAGE: usize = 4096;
/// The first byte of a page that holds rows.
const TABLE_LEAF: u8 = 0x0d;
/// Where the first page says which pages are free.
const FREE_LIST: usize = 32;

/// The pages of a file.
pub(super) struct Pages {
    file: Vec<u8>,
    /// What the log holds in their place.
    newer: HashMap<u32, Vec<u8>>,
}

/// A row as its page holds it.
pub(super) struct Cell {
    pub(super) id: i64,
    pub(super) content: Vec<u8>,
}

impl Pages {
    pub(super) fn new(file: Vec<u8>, log: &[u8]) -> Self {
        let newer = log::committed(log, PAGE).into_iter();
        let newer = newer.map(|(number, page)| (number, page.to_owned()));
        Self {
            file,
            newer: newer.collect(),
        }
    }

    /// A page by its number, which begins with 1.
    fn get(&self, number: u32) -> Option<&[u8]> {
        if let Some(page) = self.newer.get(&number) {
            return Some(page);
        }
        let start = (number.checked_sub(1)? as usize).checked_mul(PAGE)?;
        self.file.get(start..start.checked_add(PAGE)?)
    }

    fn numbers(&self) -> impl Iterator<Item = u32> {
        let in_file = u32::try_from(self.file.len() / PAGE).unwrap_or(u32::MAX);
        let last = self.newer.keys().copied().max().unwrap_or(0).max(in_file);
        1..=last
    }

    /// The rows of all pages that are in use, and how many pages made no sense.
    pub(super) fn cells(&self) -> (Vec<Cell>, u64) {
        let free = self.free();
        let (mut cells, mut unreadable) = (Vec::new(), 0);
        for number in self.numbers().filter(|number| !free.contains(number)) {
            let Some(page) = self.get(number) else {
                unreadable += 1;
                continue;
            };
            match kind(page, number) {
                Kind::Rows => {
                    let complete = self.rows(page, number, &mut cells);
                    unreadable += u64::from(!complete);
                }
                Kind::Unknown => unreadable += 1,
                Kind::Other => {}
            }
        }
        (cells, unreadable)
    }

    /// Takes the rows of a page; `false` where some of them cannot be read.
    fn rows(&self, page: &[u8], number: u32, cells: &mut Vec<Cell>) -> bool {
        let head = if number == 1 { 100 } else { 0 };
        let count = half(page, head + 3).unwrap_or_default();
        let mut complete = true;
        for index in 0..usize::from(count) {
            let cell = half(page, head + 8 + 2 * index).and_then(|at| self.cell(page, at.into()));
            complete &= cell.is_some();
            cells.extend(cell);
        }
        complete
    }

    fn cell(&self, page: &[u8], at: usize) -> Option<Cell> {
        let mut rest = page.get(at..)?;
        let length = usize::try_from(value::number(&mut rest)?).ok()?;
        let id = value::number(&mut rest)?;
        let local = local(length);
        let mut content = rest.get(..local)?.to_owned();
        if local < length {
            self.overflow(rest.get(local..)?, length, &mut content)?;
        }
        Some(Cell { id, content })
    }

    /// Follows the chain of pages that hold the rest of a row.
    fn overflow(&self, start: &[u8], length: usize, content: &mut Vec<u8>) -> Option<()> {
        let mut next = u32::from_be_bytes(*start.first_chunk()?);
        while content.len() < length {
            let (head, rest) = self.get(next)?.split_first_chunk()?;
            let wanted = (length - content.len()).min(rest.len());
            content.extend_from_slice(rest.get(..wanted)?);
            next = u32::from_be_bytes(*head);
        }
        Some(())
    }

    /// Pages that are not in use and hold rows of the past.
    fn free(&self) -> HashSet<u32> {
        let mut free = HashSet::new();
        let first = self.get(1).and_then(|page| word(page, FREE_LIST));
        let mut trunk = first.unwrap_or_default();
        // A damaged list may run in a circle.
        while trunk != 0 && free.insert(trunk) {
            let Some(page) = self.get(trunk) else { break };
            let count = word(page, 4).unwrap_or_default() as usize;
            let leaves = (0..count.min(PAGE / 4)).filter_map(|index| word(page, 8 + 4 * index));
            free.extend(leaves);
            trunk = word(page, 0).unwrap_or_default();
        }
        free
    }
}

enum Kind {
    Rows,
    /// An index, an inner page, the rest of a row, a map.
    Other,
    /// Content that no page has: it is no longer what was written.
    Unknown,
}

/// What a page is. The rest of a row, and a map of pages, have no mark of their own:
/// they are known by beginning with a page's number or kind, or with none.
fn kind(page: &[u8], number: u32) -> Kind {
    let head = if number == 1 { 100 } else { 0 };
    match page.get(head) {
        Some(&TABLE_LEAF) => Kind::Rows,
        Some(0x02 | 0x05 | 0x0a | 0x00..=0x01 | 0x03..=0x04) => Kind::Other,
        Some(_) | None => Kind::Unknown,
    }
}

/// How much of a row of this length is on its own page.
fn local(length: usize) -> usize {
    const MOST: usize = PAGE - 35;
    const LEAST: usize = (PAGE - 12) * 32 / 255 - 23;
    if length <= MOST {
        return length;
    }
    let fitting = LEAST + (length - LEAST) % (PAGE - 4);
    if fitting <= MOST { fitting } else { LEAST }
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}
