//! The frames of an HTTP/2 connection (RFC 9113, 4.1), counted: most of what a peer can be made busy with costs its sender
//! next to nothing (CVE-2019-9512, 9515 and 9518: pings, settings, empty frames). What asks for nothing may come as often as
//! requests and their bodies make likely; beyond that the connection ends. What a frame means is the reader's business.

/// Before the first frame, behind the empty line that ended the preface.
const REST_OF_PREFACE: usize = 6;
const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
/// So many frames that ask for nothing may come at once.
const ALLOWANCE: u32 = 10_000;
/// And so many more for each request, or piece of a body.
const EARNED: u32 = 100;

/// Follows the frames, byte by byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    /// Bytes that belong to the present frame, or to the preface.
    left: usize,
    head: [u8; HEAD],
    /// Of these, so many have come.
    come: usize,
    allowance: u32,
}

/// More frames came than anybody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flood;

impl Default for Frames {
    fn default() -> Self {
        Self { left: REST_OF_PREFACE, head: [0; HEAD], come: 0, allowance: ALLOWANCE }
    }
}

impl Frames {
    pub fn follow(&mut self, mut bytes: &[u8]) -> Result<(), Flood> {
        while !bytes.is_empty() {
            let skipped = self.left.min(bytes.len());
            self.left -= skipped;
            bytes = &bytes[skipped..];
            let taken = if self.left == 0 { (HEAD - self.come).min(bytes.len()) } else { 0 };
            self.head[self.come..self.come + taken].copy_from_slice(&bytes[..taken]);
            self.come += taken;
            bytes = &bytes[taken..];
            if self.come == HEAD {
                self.begin()?;
            }
        }
        Ok(())
    }

    /// A frame begins: its length, its kind, its flags, and its stream.
    fn begin(&mut self) -> Result<(), Flood> {
        let [high, middle, low, kind, ..] = self.head;
        self.left = u32::from_be_bytes([0, high, middle, low]) as usize;
        self.come = 0;
        let asks = matches!(kind, DATA | HEADERS) && self.left > 0;
        let left = if asks { Some((self.allowance + EARNED).min(ALLOWANCE)) } else { self.allowance.checked_sub(1) };
        self.allowance = left.ok_or(Flood)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PING: u8 = 6;
    const REST: &[u8] = b"SM\r\n\r\n";

    fn frame(kind: u8, length: usize) -> Vec<u8> {
        let [_, high, middle, low] = u32::try_from(length).unwrap().to_be_bytes();
        [&[high, middle, low, kind, 0, 0, 0, 0, 1], &vec![7; length][..]].concat()
    }

    fn said(frames: &[Vec<u8>]) -> Result<Frames, Flood> {
        let mut followed = Frames::default();
        followed.follow(&[REST, &frames.concat()].concat()).map(|()| followed)
    }

    #[test]
    fn what_asks_for_nothing_does_not_come_for_ever() {
        for (kind, length) in [(PING, 8), (4, 0), (4, 6), (DATA, 0), (HEADERS, 0), (9, 0), (2, 5), (200, 3)] {
            let enough = vec![frame(kind, length); ALLOWANCE as usize];
            assert!(said(&enough).is_ok(), "{kind}");
            assert_eq!(said(&[enough, vec![frame(kind, length)]].concat()), Err(Flood), "{kind}");
        }
    }

    #[test]
    fn who_asks_may_ping_in_between() {
        let round = || [vec![frame(HEADERS, 20), frame(DATA, 100)], vec![frame(PING, 8); 190]].concat();
        assert!(said(&(0..200).flat_map(|_| round()).collect::<Vec<_>>()).is_ok());
        assert!(said(&vec![frame(DATA, 16_384); 100]).is_ok());
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            frames in prop::collection::vec((0u8..12, 0usize..40), 0..40), cuts in prop::collection::vec(1usize..30, 1..20),
        ) {
            let all: Vec<u8> = frames.iter().flat_map(|(kind, length)| frame(*kind, *length)).collect();
            let all = [REST, &all].concat();
            let mut whole = Frames::default();
            whole.follow(&all).unwrap();
            let (mut pieces, mut rest, mut cuts) = (Frames::default(), &all[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                pieces.follow(piece).unwrap();
                rest = after;
            }
            prop_assert_eq!(&pieces, &whole);
            prop_assert_eq!((pieces.left, pieces.come), (0, 0));
        }
    }
}
