//! One-time codes: six digits every 30 seconds, HMAC-SHA-1, a secret of 20 bytes.
//!
//! Source: RFC 6238 (TOTP), RFC 4226 §5.3 (the digits), RFC 4648 §6 (Base32).

use jiff::Timestamp;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

/// Bytes of a secret, as RFC 4226 §4 recommends.
pub(crate) const SECRET_LEN: usize = 20;

/// The code that `secret` gives at an instant: six digits.
///
/// For whoever knows the secret: tests, and the sign-in page of a demonstration. Empty for a
/// secret under 16 bytes.
pub fn code_at(secret: &[u8], at: Timestamp) -> String {
    totp(secret).map(|totp| totp.generate(seconds(at)).to_string()).unwrap_or_default()
}

/// The step of the code, when it is the one of this step, the one before or the one after. Spaces
/// in the code do not count: some authenticators show them.
pub(crate) fn step_of(secret: &[u8], code: &str, at: Timestamp) -> Option<u64> {
    let code: Zeroizing<String> =
        Zeroizing::new(code.chars().filter(|c| !c.is_whitespace()).take(DIGITS + 1).collect());
    totp(secret)?.check(&code, seconds(at))
}

/// The secret in Base32.
pub(crate) fn base32(secret: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(Secret::from(secret).to_base32())
}

/// The address by which an authenticator takes the secret, as the makers of authenticators read it
/// (Google Authenticator, "Key URI Format").
pub(crate) fn uri(issuer: &str, name: &str, secret: &[u8]) -> Zeroizing<String> {
    let (issuer, name) = (escaped(issuer), escaped(name));
    Zeroizing::new(format!(
        "otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
        *base32(secret)
    ))
}

const DIGITS: usize = 6;

fn totp(secret: &[u8]) -> Option<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(Secret::from(secret))
        .build()
        .ok()
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}

/// Percent-encoding of all but unreserved characters. Source: RFC 3986 §2.1.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(digit), 16).unwrap_or('0');
                out.push(digit.to_ascii_uppercase());
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// RFC 6238, appendix B, rows of SHA-1. The table shows eight digits; six are their end.
    const VECTORS: [(i64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (time, code) in VECTORS {
            assert_eq!(code_at(SECRET, at(time)), code[2..], "{time}");
            let step = u64::try_from(time / 30).unwrap();
            assert_eq!(step_of(SECRET, &code[2..], at(time)), Some(step));
        }
    }

    #[test]
    fn a_code_is_accepted_one_step_early_and_one_step_late_only() {
        let code = code_at(SECRET, at(3000));
        let accepted: Vec<i64> =
            (-3..=3).filter(|n| step_of(SECRET, &code, at(3000 + 30 * n)).is_some()).collect();
        assert_eq!(accepted, [-1, 0, 1]);
        assert_eq!(step_of(SECRET, &code, at(3030)), Some(100));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let code = code_at(SECRET, at(59));
        let spaced = format!(" {} {}\n", &code[..3], &code[3..]);
        assert_eq!(step_of(SECRET, &spaced, at(59)), Some(1));
        let long = code.repeat(100_000);
        for bad in ["", "28708", "2870820", "+87082", "28708x", "２８７０８２", &long] {
            assert_eq!(step_of(SECRET, bad, at(59)), None, "{bad:.20}");
        }
        assert_eq!(step_of(b"short", "000000", at(59)), None);
    }

    #[test]
    fn an_authenticator_reads_the_address() {
        let uri = uri("Thẻ công vụ", "hr.lan", SECRET);
        let issuer = "Th%E1%BA%BB%20c%C3%B4ng%20v%E1%BB%A5";
        let expected = format!(
            "otpauth://totp/{issuer}:hr.lan?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(*uri, expected);
    }
}
