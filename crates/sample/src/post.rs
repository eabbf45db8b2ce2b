//! Employing units, titles and card types that go together.

use crate::agency::{Agency, Kind};
use crate::dice::Dice;

/// Where a person works and as what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Post {
    pub(crate) employing_unit: String,
    pub(crate) title: String,
    /// One of `CB`, `CC`, `VC`, `XA`, `XA0`, `HĐ`.
    pub(crate) card_type: &'static str,
}

/// A post in an agency, as likely as posts of its kind are.
pub(crate) fn post(agency: &Agency, dice: &mut Dice) -> Post {
    let sectors = match agency.kind {
        Kind::Ministry => MINISTRY,
        Kind::Province => PROVINCE,
        Kind::Organisation => ORGANISATION,
    };
    let sector = dice.weighted(sectors);
    let place = if sector.places.is_empty() { "" } else { *dice.pick(sector.places) };
    let employing_unit = dice.pick(sector.units).replace("{}", place);
    let (title, card_type) = dice.weighted(sector.titles);
    Post { employing_unit, title: (*title).to_owned(), card_type }
}

/// A title of a length that real ones reach when a person holds two posts.
pub(crate) fn long_title(dice: &mut Dice) -> String {
    (*dice.pick(LONG_TITLES)).to_owned()
}

/// A part of the public service: unit patterns, the names that fill them, titles with types.
struct Sector {
    units: &'static [&'static str],
    places: &'static [&'static str],
    titles: &'static [((&'static str, &'static str), u32)],
}

const PROVINCE: &[(Sector, u32)] = &[
    (SCHOOL, 44),
    (HEALTH, 13),
    (COMMUNE, 19),
    (COMMUNE_PARTY, 3),
    (DEPARTMENT, 16),
    (PUBLIC_SERVICE, 5),
];
const MINISTRY: &[(Sector, u32)] = &[(CENTRAL_OFFICE, 55), (INSTITUTE, 45)];
const ORGANISATION: &[(Sector, u32)] = &[(UNION, 1)];

const SCHOOL: Sector = Sector {
    units: &[
        "Trường Mầm non {}",
        "Trường Tiểu học {}",
        "Trường Tiểu học {}",
        "Trường Trung học cơ sở {}",
        "Trường Trung học cơ sở {}",
        "Trường Trung học phổ thông {}",
        "Trường Phổ thông dân tộc nội trú Trung học cơ sở và Trung học phổ thông {}",
    ],
    places: PLACES,
    titles: &[
        (("Giáo viên hạng II", "VC"), 22),
        (("Giáo viên hạng III", "VC"), 40),
        (("Giáo viên", "VC"), 18),
        (("Hiệu trưởng", "VC"), 3),
        (("Phó Hiệu trưởng", "VC"), 4),
        (("Tổ trưởng chuyên môn Tổ Khoa học tự nhiên", "VC"), 4),
        (("Nhân viên kế toán", "VC"), 3),
        (("Nhân viên thư viện, thiết bị", "VC"), 2),
        (("Nhân viên bảo vệ", "HĐ"), 3),
        (("Nhân viên nấu ăn", "HĐ"), 2),
    ],
};

const HEALTH: Sector = Sector {
    units: &[
        "Bệnh viện Đa khoa khu vực {}",
        "Trung tâm Y tế khu vực {}",
        "Trạm Y tế {}",
        "Bệnh viện Y học cổ truyền và Phục hồi chức năng {}",
    ],
    places: PLACES,
    titles: &[
        (("Bác sĩ hạng III", "VC"), 22),
        (("Bác sĩ chính hạng II", "VC"), 8),
        (("Điều dưỡng hạng IV", "VC"), 30),
        (("Điều dưỡng hạng III", "VC"), 14),
        (("Hộ sinh hạng IV", "VC"), 5),
        (("Dược sĩ hạng III", "VC"), 5),
        (("Kỹ thuật y hạng III", "VC"), 5),
        (("Trưởng khoa Hồi sức tích cực - Chống độc", "VC"), 3),
        (("Phó Giám đốc", "VC"), 2),
        (("Hộ lý", "HĐ"), 6),
    ],
};

const COMMUNE: Sector = Sector {
    units: &["UBND phường {}", "UBND xã {}", "UBND xã {}"],
    places: PLACES,
    titles: &[
        (("Chủ tịch UBND", "CB"), 4),
        (("Phó Chủ tịch UBND", "CB"), 6),
        (("Chuyên viên Phòng Kinh tế, Hạ tầng và Đô thị", "CC"), 22),
        (("Chuyên viên Phòng Văn hoá - Xã hội", "CC"), 20),
        (("Trưởng phòng Văn hoá - Xã hội", "CC"), 6),
        (("Chánh Văn phòng HĐND và UBND", "CC"), 5),
        (("Công chức Tư pháp - Hộ tịch", "XA"), 4),
        (("Công chức Địa chính - Nông nghiệp - Xây dựng và Môi trường", "XA"), 4),
        (("Người hoạt động không chuyên trách", "XA0"), 6),
        (("Nhân viên phục vụ", "HĐ"), 4),
    ],
};

const COMMUNE_PARTY: Sector = Sector {
    units: &["Đảng uỷ phường {}", "Đảng uỷ xã {}"],
    places: PLACES,
    titles: &[
        (("Bí thư Đảng uỷ", "CB"), 2),
        (("Phó Bí thư Thường trực Đảng uỷ", "CB"), 3),
        (("Chuyên viên Ban Xây dựng Đảng", "CC"), 6),
        (("Chủ nhiệm Uỷ ban Kiểm tra", "CB"), 2),
    ],
};

const DEPARTMENT: Sector = Sector {
    units: &[
        "Sở Nội vụ",
        "Sở Tài chính",
        "Sở Xây dựng",
        "Sở Nông nghiệp và Môi trường",
        "Sở Giáo dục và Đào tạo",
        "Sở Y tế",
        "Sở Tư pháp",
        "Sở Khoa học và Công nghệ",
        "Sở Văn hoá, Thể thao và Du lịch",
        "Sở Dân tộc và Tôn giáo",
        "Sở Công Thương",
        "Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân",
        "Ban Quản lý các khu công nghiệp và khu kinh tế",
    ],
    places: &[],
    titles: &[
        (("Chuyên viên", "CC"), 48),
        (("Chuyên viên chính", "CC"), 20),
        (("Cán sự", "CC"), 4),
        (("Kế toán viên", "CC"), 5),
        (("Thanh tra viên", "CC"), 5),
        (("Trưởng phòng Tổ chức - Hành chính", "CC"), 4),
        (("Phó Trưởng phòng Kế hoạch - Tài chính", "CC"), 5),
        (("Giám đốc", "CC"), 1),
        (("Phó Giám đốc", "CC"), 2),
        (("Nhân viên lái xe", "HĐ"), 3),
        (("Nhân viên kỹ thuật", "HĐ"), 3),
    ],
};

const PUBLIC_SERVICE: Sector = Sector {
    units: &[
        "Ban Quản lý dự án đầu tư xây dựng công trình giao thông và nông nghiệp {}",
        "Trung tâm Phát triển quỹ đất khu vực {}",
        "Trung tâm Văn hoá, Thể thao và Truyền thanh {}",
        "Chi nhánh Văn phòng Đăng ký đất đai khu vực {}",
    ],
    places: PLACES,
    titles: &[
        (("Kỹ sư hạng III", "VC"), 40),
        (("Kỹ sư chính hạng II", "VC"), 10),
        (("Phát thanh viên hạng III", "VC"), 8),
        (("Giám đốc", "VC"), 3),
        (("Kế toán viên", "VC"), 8),
        (("Lao động hợp đồng", "HĐ"), 12),
    ],
};

const CENTRAL_OFFICE: Sector = Sector {
    units: &[
        "Vụ Tổ chức cán bộ",
        "Vụ Pháp chế",
        "Vụ Hợp tác quốc tế",
        "Vụ Kế hoạch - Tài chính",
        "Văn phòng Bộ",
        "Thanh tra Bộ",
        "Cục Chuyển đổi số",
        "Cục Quản lý thi hành nghiệp vụ",
        "Cục Quản trị công sở",
    ],
    places: &[],
    titles: &[
        (("Chuyên viên", "CC"), 40),
        (("Chuyên viên chính", "CC"), 28),
        (("Chuyên viên cao cấp", "CC"), 6),
        (("Vụ trưởng", "CC"), 2),
        (("Phó Vụ trưởng", "CC"), 4),
        (("Trưởng phòng Tổng hợp", "CC"), 6),
        (("Thứ trưởng", "CB"), 1),
        (("Nhân viên lái xe", "HĐ"), 4),
        (("Lao động hợp đồng", "HĐ"), 4),
    ],
};

const INSTITUTE: Sector = Sector {
    units: &[
        "Trung tâm Công nghệ thông tin",
        "Viện Nghiên cứu chiến lược và chính sách",
        "Trường Cao đẳng Kỹ thuật và Nghiệp vụ {}",
        "Báo và Phát thanh, Truyền hình ngành",
        "Trường Đào tạo, bồi dưỡng cán bộ, công chức",
    ],
    places: PLACES,
    titles: &[
        (("Nghiên cứu viên hạng III", "VC"), 20),
        (("Nghiên cứu viên chính hạng II", "VC"), 8),
        (("Giảng viên hạng III", "VC"), 22),
        (("Giảng viên chính hạng II", "VC"), 10),
        (("Kỹ sư hạng III", "VC"), 12),
        (("Biên tập viên hạng III", "VC"), 6),
        (("Phó Viện trưởng", "VC"), 2),
        (("Nhân viên phục vụ", "HĐ"), 6),
    ],
};

const UNION: Sector = Sector {
    units: &["Ban Tổ chức", "Văn phòng", "Ban Tuyên giáo", "Ban Công tác cơ sở"],
    places: &[],
    titles: &[
        (("Chuyên viên", "CC"), 60),
        (("Chuyên viên chính", "CC"), 20),
        (("Phó Chủ tịch chuyên trách", "CB"), 5),
        (("Trưởng ban", "CB"), 6),
        (("Nhân viên lái xe", "HĐ"), 4),
    ],
};

/// Names that many communes, schools and wards bear.
const PLACES: &[&str] = &[
    "An Bình",
    "An Hoà",
    "An Phú",
    "Bình An",
    "Bình Minh",
    "Đông Hải",
    "Đông Sơn",
    "Đồng Tâm",
    "Hoà Bình",
    "Hồng Phong",
    "Hưng Thịnh",
    "Kim Liên",
    "Lê Lợi",
    "Long Thạnh",
    "Minh Khai",
    "Mường Lay",
    "Nam Cường",
    "Ngọc Sơn",
    "Phú Mỹ",
    "Phước Long",
    "Quang Trung",
    "Quảng Phú",
    "Tam Hưng",
    "Tân An",
    "Tân Phú",
    "Tân Thành",
    "Thanh Bình",
    "Thịnh Đức",
    "Tiên Phong",
    "Trung Nghĩa",
    "Vạn Phúc",
    "Vĩnh Thạnh",
    "Xuân Lộc",
    "Yên Bình",
    "Y Tý",
    "Ea Kly",
    "Ia Grai",
];

const LONG_TITLES: &[&str] = &[
    "Phó Trưởng phòng Quản lý quy hoạch, kiến trúc và phát triển đô thị kiêm Tổ trưởng Tổ công tác cải cách hành chính",
    "Trưởng phòng Quản lý chất lượng, chế biến và phát triển thị trường nông, lâm, thuỷ sản và an toàn thực phẩm",
    "Phó Chủ nhiệm Uỷ ban Kiểm tra kiêm Phó Trưởng ban Chỉ đạo chuyển đổi số và cải cách thủ tục hành chính",
];
