//! Whether a printed QR code says what it should, asked of two decoders that we did not write.

use std::io::Write as _;
use std::process::{Command, Stdio};

use rxing::BarcodeFormat;
use rxing::helpers::detect_in_luma_slice;

/// Grey values of a face, one byte a pixel, rows from the top.
#[derive(Clone, Copy, Debug)]
pub struct Grey<'a> {
    /// `width × height` bytes.
    pub pixels: &'a [u8],
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Why a face did not pass.
#[derive(Debug, thiserror::Error)]
pub enum QrFault {
    /// A decoder finds no code.
    #[error("{decoder} finds no QR code on the face")]
    NotFound {
        /// Which.
        decoder: &'static str,
    },
    /// A decoder reads something else. What it read is not repeated: it holds personal data.
    #[error("{decoder} reads another text than was encoded")]
    Differs {
        /// Which.
        decoder: &'static str,
    },
    /// A decoder failed by itself: nothing is said about the face.
    #[error("{decoder} failed by itself (exit code {code:?})")]
    Decoder {
        /// Which.
        decoder: &'static str,
        /// Its exit code; none after a signal.
        code: Option<i32>,
    },
    /// The decoder is not there.
    #[error("cannot run zbarimg; install the package zbar-tools")]
    NoZbar(#[source] std::io::Error),
}

impl QrFault {
    /// Whether the face is at fault, as opposed to this machine.
    pub const fn is_of_the_face(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::Differs { .. })
    }
}

/// Has both decoders read the code on `face` and compares with `expected`; returns their names.
///
/// # Errors
///
/// [`QrFault`] names the decoder.
pub fn read_qr(face: Grey<'_>, expected: &str) -> Result<Vec<String>, QrFault> {
    compare(RXING, by_rxing(face).as_deref(), expected)?;
    compare(ZBAR, by_zbar(face)?.as_deref(), expected)?;
    Ok(vec![RXING.to_owned(), ZBAR.to_owned()])
}

/// The text of the QR code on `face` as rxing reads it.
pub fn by_rxing(face: Grey<'_>) -> Option<String> {
    detect_in_luma_slice(face.pixels, face.width, face.height, Some(BarcodeFormat::QR_CODE))
        .ok()
        .map(|found| found.getText().to_owned())
}

fn by_zbar(face: Grey<'_>) -> Result<Option<String>, QrFault> {
    // -Sbinary: without it zbar guesses a charset, and wrongly for some Vietnamese text.
    let mut child = Command::new("zbarimg")
        .args([
            "--quiet",
            "--raw",
            "--oneshot",
            "-Sbinary",
            "-Sdisable",
            "-Sqrcode.enable",
            "PGM:-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(QrFault::NoZbar)?;
    if let Some(mut stdin) = child.stdin.take() {
        let head = format!("P5\n{} {}\n255\n", face.width, face.height);
        // A decoder that stops reading says so by what it answers.
        let _unread = stdin.write_all(head.as_bytes()).and_then(|()| stdin.write_all(face.pixels));
    }
    let output = child.wait_with_output().map_err(QrFault::NoZbar)?;
    match output.status.code() {
        Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned())),
        Some(ZBAR_NOT_FOUND) => Ok(None),
        code => Err(QrFault::Decoder { decoder: ZBAR, code }),
    }
}

fn compare(decoder: &'static str, read: Option<&str>, expected: &str) -> Result<(), QrFault> {
    match read {
        None => Err(QrFault::NotFound { decoder }),
        Some(text) if text == expected => Ok(()),
        Some(_) => Err(QrFault::Differs { decoder }),
    }
}

/// What zbarimg ends with when it finds no code.
const ZBAR_NOT_FOUND: i32 = 4;

const RXING: &str = "rxing";
const ZBAR: &str = "zbar";

#[cfg(test)]
mod tests {
    use super::*;

    /// A code drawn at `scale` pixels a module on white.
    fn drawn(text: &str, scale: usize) -> (Vec<u8>, u32) {
        let code = qrcodegen::QrCode::encode_binary(text.as_bytes(), qrcodegen::QrCodeEcc::Medium)
            .unwrap();
        let side = (usize::try_from(code.size()).unwrap() + 8) * scale;
        let mut pixels = vec![255; side * side];
        for (at, pixel) in pixels.iter_mut().enumerate() {
            let (x, y) = (at % side / scale, at / side / scale);
            let module = |v: usize| i32::try_from(v).unwrap() - 4;
            if code.get_module(module(x), module(y)) {
                *pixel = 0;
            }
        }
        (pixels, u32::try_from(side).unwrap())
    }

    #[test]
    fn both_decoders_read_vietnamese() {
        let text = "7KQ2|H26.001088000001.HĐ|NGUYỄN THỊ KIM HOÀNG LINH PHƯƠNG|01/02/1988|Nữ";
        let (pixels, side) = drawn(text, 3);
        let face = Grey { pixels: &pixels, width: side, height: side };
        assert_eq!(read_qr(face, text).unwrap(), ["rxing", "zbar"]);
    }

    #[test]
    fn other_text_is_noticed_and_not_repeated() {
        let (pixels, side) = drawn("secret|1", 3);
        let face = Grey { pixels: &pixels, width: side, height: side };
        let error = read_qr(face, "other|1").unwrap_err();
        assert!(matches!(error, QrFault::Differs { decoder: "rxing" }));
        assert!(!error.to_string().contains("secret"));
    }

    #[test]
    fn empty_face_is_noticed() {
        let pixels = vec![255; 200 * 200];
        let face = Grey { pixels: &pixels, width: 200, height: 200 };
        assert!(matches!(read_qr(face, "x"), Err(QrFault::NotFound { .. })));
    }
}
