//! A chunked body (RFC 9112, 7.1): where it ends, and whether it is written in one way only.

/// How much a chunk's extensions, and all trailers together, may take.
const ASIDE: usize = 4096;

/// Follows a chunked body, byte by byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chunks {
    state: State,
    /// The size of the present chunk, as far as it was read.
    size: u64,
    /// Bytes spent on a size line or on trailers.
    aside: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    SizeBegins,
    Size,
    Extension,
    SizeEnds,
    Data,
    DataEnds,
    DataEnded,
    LineBegins,
    Line,
    LineEnds,
    LastEnds,
    Over,
}

/// The body is not chunked as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl Chunks {
    /// Takes what belongs to the body; answers how much that is, and whether the body is over.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(usize, bool), Broken> {
        let mut at = 0;
        while at < bytes.len() && self.state != State::Over {
            if self.state == State::Data {
                let left = usize::try_from(self.size).unwrap_or(usize::MAX);
                let taken = left.min(bytes.len() - at);
                self.size -= taken as u64;
                at += taken;
                if self.size == 0 {
                    self.state = State::DataEnds;
                }
            } else {
                self.state = self.step(bytes[at])?;
                at += 1;
            }
        }
        Ok((at, self.state == State::Over))
    }

    fn step(&mut self, byte: u8) -> Result<State, Broken> {
        self.aside += 1;
        if self.aside > ASIDE {
            return Err(Broken);
        }
        match (self.state, byte) {
            (State::SizeBegins | State::Size, digit) if digit.is_ascii_hexdigit() => self.digit(digit),
            (State::Size, b';') => Ok(State::Extension),
            (State::Size | State::Extension, b'\r') => Ok(State::SizeEnds),
            (State::Extension | State::Line, other) if other == b'\t' || !other.is_ascii_control() => Ok(self.state),
            (State::SizeEnds, b'\n') => Ok(self.sized()),
            (State::DataEnds, b'\r') => Ok(State::DataEnded),
            (State::DataEnded, b'\n') => {
                self.aside = 0;
                Ok(State::SizeBegins)
            }
            (State::LineBegins, b'\r') => Ok(State::LastEnds),
            (State::LineBegins, other) if other.is_ascii_graphic() => Ok(State::Line),
            (State::Line, b'\r') => Ok(State::LineEnds),
            (State::LineEnds, b'\n') => Ok(State::LineBegins),
            (State::LastEnds, b'\n') => Ok(State::Over),
            _ => Err(Broken),
        }
    }

    fn digit(&mut self, digit: u8) -> Result<State, Broken> {
        let value = char::from(digit).to_digit(16).map(u64::from).ok_or(Broken)?;
        self.size = self.size.checked_mul(16).and_then(|size| size.checked_add(value)).ok_or(Broken)?;
        Ok(State::Size)
    }

    fn sized(&mut self) -> State {
        self.aside = 0;
        if self.size == 0 { State::LineBegins } else { State::Data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> Result<(usize, bool), Broken> {
        Chunks::default().take(text.as_bytes())
    }

    #[test]
    fn a_body_ends_where_it_says() {
        for body in [
            "0\r\n\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
            "5;name=\"value\"\r\nhello\r\nA\r\n0123456789\r\n000\r\nx-trailer: 1\r\nother: 2\r\n\r\n",
        ] {
            assert_eq!(taken(&format!("{body}GET /")), Ok((body.len(), true)), "{body:?}");
            // It does not matter in which pieces it comes.
            let mut chunks = Chunks::default();
            let ends: Vec<_> = body.bytes().map(|byte| chunks.take(&[byte]).unwrap().1).collect();
            assert_eq!(ends.iter().position(|over| *over), Some(body.len() - 1), "{body:?}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_broken() {
        for body in [
            "\r\n",
            "x\r\n",
            "5 \r\nhello",
            "-5\r\n",
            "0x5\r\n",
            "5\nhello",
            "5\r\nhello0",
            "5\r\nhello\n0\r\n",
            "10000000000000000\r\n",
            ";x\r\n",
            "5;a\nb\r\n",
            "0\r\n folded\r\n\r\n",
            "0\r\nx: 1\n\r\n",
            "0\r\n\n",
        ] {
            assert_eq!(taken(body), Err(Broken), "{body:?}");
        }
        assert_eq!(taken(&format!("5;{}\r\nhello", "x".repeat(ASIDE))), Err(Broken));
        assert_eq!(taken(&format!("0\r\n{}", "a: b\r\n".repeat(ASIDE))), Err(Broken));
    }
}
