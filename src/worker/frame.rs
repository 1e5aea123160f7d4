//! Messages on a pipe: the length in four bytes, then so many bytes.

use std::io::{self, Read, Write};

/// Largest message, in bytes.
const MAX_FRAME: u32 = 1 << 30;

/// Reads a message; none when the other side has closed the pipe.
pub(super) fn read(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if let Err(error) = reader.read_exact(&mut length) {
        return match error.kind() {
            io::ErrorKind::UnexpectedEof => Ok(None),
            _ => Err(error),
        };
    }
    let length = u32::from_le_bytes(length);
    if length > MAX_FRAME {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // What is announced is not believed before it is there.
    let mut bytes = Vec::with_capacity((length as usize).min(1 << 20));
    reader.take(length.into()).read_to_end(&mut bytes)?;
    if bytes.len() < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(bytes))
}

/// Writes a message made of parts.
pub(super) fn write(writer: &mut impl Write, parts: &[&[u8]]) -> io::Result<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let length = u32::try_from(length)
        .ok()
        .filter(|length| *length <= MAX_FRAME)
        .ok_or(io::ErrorKind::InvalidInput)?;
    let mut bytes = Vec::with_capacity(length as usize + 4);
    bytes.extend_from_slice(&length.to_le_bytes());
    for part in parts {
        bytes.extend_from_slice(part);
    }
    writer.write_all(&bytes)?;
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut pipe = Vec::new();
        write(&mut pipe, &[b"a", b"bc"]).unwrap();
        write(&mut pipe, &[]).unwrap();
        let mut pipe = pipe.as_slice();
        assert_eq!(read(&mut pipe).unwrap().unwrap(), b"abc");
        assert_eq!(read(&mut pipe).unwrap().unwrap(), b"");
        assert!(read(&mut pipe).unwrap().is_none());
    }

    #[test]
    fn half_a_message_and_a_huge_one_are_errors() {
        assert!(read(&mut [9, 0, 0, 0, 1].as_slice()).is_err());
        assert!(read(&mut [255, 255, 255, 255].as_slice()).is_err());
    }
}
