//! Full names: common parts in their real proportions.

use profile::Sex;

use crate::dice::Dice;

/// What kind of name a row needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// As chance has it: about one in thirty belongs to an ethnic minority.
    Any,
    /// 32 to 36 characters, longer than many a form foresees.
    Long,
    /// One word only.
    OneWord,
    /// A minority name with a clan, an apostrophe or one-letter part.
    Minority,
}

/// A full name in the usual letter case, NFC.
pub(crate) fn full_name(sex: Sex, kind: Kind, dice: &mut Dice) -> String {
    match kind {
        Kind::Long => long(sex, dice),
        Kind::OneWord => (*dice.pick(ONE_WORD)).to_owned(),
        Kind::Minority => minority(sex, dice),
        Kind::Any if dice.percent(3) => minority(sex, dice),
        Kind::Any => kinh(sex, dice),
    }
}

fn kinh(sex: Sex, dice: &mut Dice) -> String {
    let family = dice.weighted(FAMILY);
    let (middle, given) = match sex {
        Sex::Male => (MIDDLE_MALE, GIVEN_MALE),
        Sex::Female => (MIDDLE_FEMALE, GIVEN_FEMALE),
    };
    let middle = dice.weighted(middle);
    // "Đỗ Thu Thu" is not a name that parents give.
    let given = loop {
        let given = dice.pick(given);
        if middle.split(' ').next_back() != Some(*given) && family != given {
            break given;
        }
    };
    if middle.is_empty() {
        format!("{family} {given}")
    } else {
        format!("{family} {middle} {given}")
    }
}

fn long(sex: Sex, dice: &mut Dice) -> String {
    let (families, middles, givens) = match sex {
        Sex::Male => (LONG_FAMILY_MALE, LONG_MIDDLE_MALE, LONG_GIVEN_MALE),
        Sex::Female => (LONG_FAMILY_FEMALE, LONG_MIDDLE_FEMALE, LONG_GIVEN_FEMALE),
    };
    loop {
        let name = format!("{} {} {}", dice.pick(families), dice.pick(middles), dice.pick(givens));
        if (32..=36).contains(&name.chars().count()) {
            return name;
        }
    }
}

fn minority(sex: Sex, dice: &mut Dice) -> String {
    let female = sex == Sex::Female;
    match dice.below(5) {
        0 => {
            let family =
                dice.pick(&["Nông", "Bế", "Đàm", "Ma", "Lò", "Quàng", "Cà", "Vi", "Lường"]);
            let (middle, givens) =
                if female { ("Thị", GIVEN_FEMALE) } else { ("Văn", GIVEN_MALE) };
            format!("{family} {middle} {}", dice.pick(givens))
        }
        1 => {
            let family =
                dice.pick(&["Giàng", "Vàng", "Thào", "Sùng", "Mùa", "Vừ", "Hạng", "Tráng"]);
            let middle = if female { "Thị" } else { "A" };
            let given =
                dice.pick(&["Páo", "Chứ", "Dơ", "Sình", "Tủa", "Lử", "Dế", "Pla", "Dính", "Mỷ"]);
            format!("{family} {middle} {given}")
        }
        2 => {
            let clan = dice.pick(&["Niê", "Mlô", "Byă", "Êban", "Niê Kđăm", "Kbuôr", "Buôn Yă"]);
            if female {
                format!("H'{} {clan}", dice.pick(&["Hen", "Bluên", "Nga", "Linh", "Duyên", "Mai"]))
            } else {
                format!("Y {} {clan}", dice.pick(&["Bhăm", "Krông", "Blơn", "Thắng", "Nhuăn"]))
            }
        }
        3 => {
            let family = dice.pick(&["Thạch", "Sơn", "Kim", "Danh", "Kiên", "Lâm"]);
            let given =
                dice.pick(&["Sa Rinh", "Sô Phi", "Sa Vương", "Chanh Đa", "Ri Tha", "Sóc Kha"]);
            if female { format!("{family} Thị {given}") } else { format!("{family} {given}") }
        }
        _ => {
            let family = dice.pick(&["Đàng", "Bá", "Thuận", "Đổng", "Từ", "Hán", "Quảng"]);
            let middle = if female { "Thị" } else { "Năng" };
            let given = dice.pick(&["Quạ", "Trụ", "Phụ", "Thoại", "Bạc", "Lự", "Chức"]);
            format!("{family} {middle} {given}")
        }
    }
}

/// Family names with their share of a thousand people.
const FAMILY: &[(&str, u32)] = &[
    ("Nguyễn", 384),
    ("Trần", 110),
    ("Lê", 95),
    ("Phạm", 70),
    ("Phan", 45),
    ("Hoàng", 30),
    ("Vũ", 24),
    ("Huỳnh", 21),
    ("Đặng", 21),
    ("Bùi", 20),
    ("Võ", 15),
    ("Đỗ", 14),
    ("Hồ", 13),
    ("Ngô", 13),
    ("Trương", 12),
    ("Dương", 10),
    ("Đinh", 10),
    ("Trịnh", 7),
    ("Đào", 7),
    ("Đoàn", 7),
    ("Mai", 6),
    ("Cao", 6),
    ("Lương", 6),
    ("Lý", 5),
    ("Lâm", 5),
    ("Hà", 5),
    ("Lưu", 4),
    ("Phùng", 4),
    ("Chu", 3),
    ("Vương", 3),
    ("Tạ", 3),
    ("Tô", 3),
    ("Thái", 3),
    ("Châu", 2),
    ("Quách", 2),
    ("Kiều", 2),
    ("Tống", 2),
    ("Triệu", 2),
    ("Nghiêm", 1),
    ("Tăng", 1),
    ("Doãn", 1),
    ("Khuất", 1),
    ("Hứa", 1),
    ("Bạch", 1),
    ("Mạc", 1),
    ("Thân", 1),
    ("Khúc", 1),
    ("Ninh", 1),
];

const MIDDLE_MALE: &[(&str, u32)] = &[
    ("Văn", 280),
    ("Đức", 100),
    ("Minh", 80),
    ("Quang", 70),
    ("Hữu", 65),
    ("Xuân", 55),
    ("Thanh", 50),
    ("Ngọc", 45),
    ("Đình", 45),
    ("Công", 40),
    ("Quốc", 40),
    ("Hoàng", 30),
    ("", 25),
    ("Tiến", 25),
    ("Trọng", 25),
    ("Duy", 25),
    ("Thế", 22),
    ("Mạnh", 20),
    ("Bá", 15),
    ("Anh", 15),
    ("Hồng", 12),
    ("Việt", 12),
    ("Khắc", 8),
    ("Viết", 8),
    ("Nhật", 6),
    ("Gia", 6),
    ("Phúc", 5),
];

const MIDDLE_FEMALE: &[(&str, u32)] = &[
    ("Thị", 430),
    ("Thị Thu", 40),
    ("Thị Thanh", 36),
    ("Thị Ngọc", 34),
    ("Thị Hồng", 32),
    ("Thị Kim", 28),
    ("Thị Bích", 20),
    ("Thị Phương", 20),
    ("Thị Minh", 18),
    ("Thị Mỹ", 12),
    ("Ngọc", 50),
    ("Thu", 45),
    ("Thanh", 45),
    ("Phương", 35),
    ("Hồng", 28),
    ("Minh", 25),
    ("Kim", 25),
    ("Quỳnh", 18),
    ("Bích", 16),
    ("Khánh", 16),
    ("Mai", 14),
    ("Diệu", 8),
    ("", 5),
];

const GIVEN_MALE: &[&str] = &[
    "Hùng",
    "Dũng",
    "Tuấn",
    "Cường",
    "Minh",
    "Nam",
    "Sơn",
    "Hải",
    "Anh",
    "Thắng",
    "Long",
    "Trung",
    "Quân",
    "Hiếu",
    "Đức",
    "Thành",
    "Bình",
    "Huy",
    "Khánh",
    "Phong",
    "Tùng",
    "Kiên",
    "Việt",
    "Quang",
    "Vinh",
    "Hưng",
    "Lâm",
    "Phúc",
    "Toàn",
    "Tâm",
    "Tài",
    "Lợi",
    "Hoà",
    "Khoa",
    "Đạt",
    "Thịnh",
    "Tiến",
    "Chiến",
    "Công",
    "Duy",
    "Giang",
    "Hà",
    "Hậu",
    "Hoàng",
    "Khôi",
    "Kỳ",
    "Linh",
    "Lực",
    "Mạnh",
    "Nghĩa",
    "Nhân",
    "Phương",
    "Quốc",
    "Quý",
    "Sáng",
    "Sỹ",
    "Thái",
    "Thuận",
    "Trường",
    "Tú",
    "Vũ",
    "Xuân",
    "Đoàn",
    "Ước",
    "Thưởng",
    "Điệp",
    "Thuỷ",
    "Đông",
    "Nguyên",
];

const GIVEN_FEMALE: &[&str] = &[
    "Hương",
    "Lan",
    "Hà",
    "Thảo",
    "Linh",
    "Trang",
    "Nga",
    "Hoa",
    "Hằng",
    "Mai",
    "Thuỷ",
    "Thúy",
    "Phương",
    "Dung",
    "Yến",
    "Ngọc",
    "Anh",
    "Hạnh",
    "Loan",
    "Oanh",
    "Nhung",
    "Quỳnh",
    "Vân",
    "Hiền",
    "Huệ",
    "Liên",
    "Lý",
    "Tuyết",
    "Xuân",
    "Thu",
    "Bích",
    "Chi",
    "Diệp",
    "Giang",
    "Hân",
    "Hoà",
    "Huyền",
    "Khánh",
    "Kiều",
    "Lệ",
    "Liễu",
    "Ly",
    "Minh",
    "My",
    "Nguyệt",
    "Nhi",
    "Như",
    "Phượng",
    "Quyên",
    "Sen",
    "Tâm",
    "Thanh",
    "Thơm",
    "Thư",
    "Trâm",
    "Trinh",
    "Tú",
    "Uyên",
    "Vy",
    "Ý",
    "Ngân",
    "Đào",
    "Hường",
];

const LONG_FAMILY_MALE: &[&str] = &["Nguyễn Hoàng", "Trương Nguyễn", "Huỳnh Nguyễn", "Phạm Đặng"];
const LONG_MIDDLE_MALE: &[&str] = &["Phước Thiên", "Trường Quang", "Khương Thịnh", "Nhựt Hưng"];
const LONG_GIVEN_MALE: &[&str] = &["Hoàng Phương", "Quang Trường", "Nguyên Khang", "Đăng Khương"];
const LONG_FAMILY_FEMALE: &[&str] =
    &["Công Tằng Tôn Nữ", "Nguyễn Hoàng Thị", "Trương Nguyễn Thị", "Huyền Tôn Nữ"];
const LONG_MIDDLE_FEMALE: &[&str] = &["Phương", "Quỳnh", "Khánh", "Thương", "Nguyệt"];
const LONG_GIVEN_FEMALE: &[&str] =
    &["Hoàng Uyên", "Phượng Quyên", "Thanh Trang", "Nguyên Hương", "Trường Giang"];

const ONE_WORD: &[&str] = &["Hyưh", "Đim", "Thơng", "Nhưng", "Bơih", "Hlưn", "Byơm"];
