//! Managing agencies that exist, and where the people of a province were registered at birth.
//!
//! Source: Decision 20/2020/QĐ-TTg, annex I; Decision 09/2025/QĐ-TTg; Decision 124/2004/QĐ-TTg for
//! the province codes in personal id numbers. Public Security and Defence are left out: they issue
//! cards of their own.

/// A body of level 1 whose code is open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Agency {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Province codes of personal id numbers that are at home there; none for a national body.
    pub(crate) births: &'static [&'static str],
}

/// What kind of body, for its units and titles.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Ministry,
    Province,
    Organisation,
}

/// The agency of a code.
pub(crate) fn find(code: &str) -> Option<&'static Agency> {
    AGENCIES.iter().find(|agency| agency.code == code)
}

/// The agency with the longest name of all, 125 characters.
pub(crate) const LONGEST_NAME: &str = "G40";

/// Codes that were closed by the reorganisation of 2025; for rows that must be refused.
pub(crate) const CLOSED: &[(&str, &str)] = &[
    ("G14", "Bộ Thông tin và Truyền thông"),
    ("G07", "Bộ Lao động - Thương binh và Xã hội"),
    ("H39", "UBND tỉnh Long An"),
    ("H45", "UBND tỉnh Phú Yên"),
];

/// All province codes of personal id numbers.
pub(crate) const PROVINCES: &[&str] = &[
    "001", "002", "004", "006", "008", "010", "011", "012", "014", "015", "017", "019", "020",
    "022", "024", "025", "026", "027", "030", "031", "033", "034", "035", "036", "037", "038",
    "040", "042", "044", "045", "046", "048", "049", "051", "052", "054", "056", "058", "060",
    "062", "064", "066", "067", "068", "070", "072", "074", "075", "077", "079", "080", "082",
    "083", "084", "086", "087", "089", "091", "092", "093", "094", "095", "096",
];

/// Every agency that people are given to.
pub(crate) const AGENCIES: &[Agency] = &[
    Agency { code: "G02", name: "Bộ Công Thương", kind: Kind::Ministry, births: &[] },
    Agency {
        code: "G03", name: "Bộ Giáo dục và Đào tạo", kind: Kind::Ministry, births: &[]
    },
    Agency {
        code: "G06", name: "Bộ Khoa học và Công nghệ", kind: Kind::Ministry, births: &[]
    },
    Agency { code: "G08", name: "Bộ Ngoại giao", kind: Kind::Ministry, births: &[] },
    Agency { code: "G09", name: "Bộ Nội vụ", kind: Kind::Ministry, births: &[] },
    Agency {
        code: "G10", name: "Bộ Nông nghiệp và Môi trường", kind: Kind::Ministry, births: &[]
    },
    Agency { code: "G12", name: "Bộ Tài chính", kind: Kind::Ministry, births: &[] },
    Agency { code: "G15", name: "Bộ Tư pháp", kind: Kind::Ministry, births: &[] },
    Agency {
        code: "G16",
        name: "Bộ Văn hoá, Thể thao và Du lịch",
        kind: Kind::Ministry,
        births: &[],
    },
    Agency { code: "G17", name: "Bộ Xây dựng", kind: Kind::Ministry, births: &[] },
    Agency { code: "G18", name: "Bộ Y tế", kind: Kind::Ministry, births: &[] },
    Agency {
        code: "G19", name: "Ngân hàng Nhà nước Việt Nam", kind: Kind::Ministry, births: &[]
    },
    Agency { code: "G20", name: "Thanh tra Chính phủ", kind: Kind::Ministry, births: &[] },
    Agency {
        code: "G21", name: "Bộ Dân tộc và Tôn giáo", kind: Kind::Ministry, births: &[]
    },
    Agency { code: "G22", name: "Văn phòng Chính phủ", kind: Kind::Ministry, births: &[] },
    Agency {
        code: "G27", name: "Đài Tiếng nói Việt Nam", kind: Kind::Ministry, births: &[]
    },
    Agency {
        code: "G28", name: "Đài Truyền hình Việt Nam", kind: Kind::Ministry, births: &[]
    },
    Agency { code: "G30", name: "Thông tấn xã Việt Nam", kind: Kind::Ministry, births: &[] },
    Agency {
        code: "G31",
        name: "Viện Hàn lâm Khoa học và Công nghệ Việt Nam",
        kind: Kind::Ministry,
        births: &[],
    },
    Agency {
        code: "G32",
        name: "Viện Hàn lâm Khoa học xã hội Việt Nam",
        kind: Kind::Ministry,
        births: &[],
    },
    Agency {
        code: "G40",
        name: "Ủy ban chỉ đạo quốc gia về thực hiện Chiến lược phát triển bền vững kinh tế biển Việt Nam đến năm 2030, tầm nhìn đến năm 2045",
        kind: Kind::Ministry,
        births: &[],
    },
    Agency {
        code: "H01",
        name: "UBND tỉnh An Giang",
        kind: Kind::Province,
        births: &["089", "091"],
    },
    Agency {
        code: "H05",
        name: "UBND tỉnh Bắc Ninh",
        kind: Kind::Province,
        births: &["024", "027"],
    },
    Agency {
        code: "H12", name: "UBND tỉnh Cà Mau", kind: Kind::Province, births: &["095", "096"]
    },
    Agency {
        code: "H13",
        name: "UBND thành phố Cần Thơ",
        kind: Kind::Province,
        births: &["092", "093", "094"],
    },
    Agency { code: "H14", name: "UBND tỉnh Cao Bằng", kind: Kind::Province, births: &["004"] },
    Agency {
        code: "H15",
        name: "UBND tỉnh Đắk Lắk",
        kind: Kind::Province,
        births: &["054", "066"],
    },
    Agency {
        code: "H17",
        name: "UBND thành phố Đà Nẵng",
        kind: Kind::Province,
        births: &["048", "049"],
    },
    Agency {
        code: "H18", name: "UBND tỉnh Điện Biên", kind: Kind::Province, births: &["011"]
    },
    Agency {
        code: "H19",
        name: "UBND thành phố Đồng Nai",
        kind: Kind::Province,
        births: &["070", "075"],
    },
    Agency {
        code: "H20",
        name: "UBND tỉnh Đồng Tháp",
        kind: Kind::Province,
        births: &["082", "087"],
    },
    Agency {
        code: "H21",
        name: "UBND tỉnh Gia Lai",
        kind: Kind::Province,
        births: &["052", "064"],
    },
    Agency {
        code: "H24",
        name: "UBND thành phố Hải Phòng",
        kind: Kind::Province,
        births: &["030", "031"],
    },
    Agency {
        code: "H26", name: "UBND thành phố Hà Nội", kind: Kind::Province, births: &["001"]
    },
    Agency { code: "H27", name: "UBND tỉnh Hà Tĩnh", kind: Kind::Province, births: &["042"] },
    Agency {
        code: "H29",
        name: "UBND Thành phố Hồ Chí Minh",
        kind: Kind::Province,
        births: &["074", "077", "079"],
    },
    Agency {
        code: "H31",
        name: "UBND tỉnh Hưng Yên",
        kind: Kind::Province,
        births: &["033", "034"],
    },
    Agency {
        code: "H32",
        name: "UBND tỉnh Khánh Hòa",
        kind: Kind::Province,
        births: &["056", "058"],
    },
    Agency { code: "H35", name: "UBND tỉnh Lai Châu", kind: Kind::Province, births: &["012"] },
    Agency {
        code: "H36",
        name: "UBND tỉnh Lâm Đồng",
        kind: Kind::Province,
        births: &["060", "067", "068"],
    },
    Agency { code: "H37", name: "UBND tỉnh Lạng Sơn", kind: Kind::Province, births: &["020"] },
    Agency {
        code: "H38",
        name: "UBND tỉnh Lào Cai",
        kind: Kind::Province,
        births: &["010", "015"],
    },
    Agency { code: "H41", name: "UBND tỉnh Nghệ An", kind: Kind::Province, births: &["040"] },
    Agency {
        code: "H42",
        name: "UBND tỉnh Ninh Bình",
        kind: Kind::Province,
        births: &["035", "036", "037"],
    },
    Agency {
        code: "H44",
        name: "UBND tỉnh Phú Thọ",
        kind: Kind::Province,
        births: &["017", "025", "026"],
    },
    Agency {
        code: "H48",
        name: "UBND tỉnh Quảng Ngãi",
        kind: Kind::Province,
        births: &["051", "062"],
    },
    Agency {
        code: "H49", name: "UBND tỉnh Quảng Ninh", kind: Kind::Province, births: &["022"]
    },
    Agency {
        code: "H50",
        name: "UBND tỉnh Quảng Trị",
        kind: Kind::Province,
        births: &["044", "045"],
    },
    Agency { code: "H52", name: "UBND tỉnh Sơn La", kind: Kind::Province, births: &["014"] },
    Agency {
        code: "H53",
        name: "UBND tỉnh Tây Ninh",
        kind: Kind::Province,
        births: &["072", "080"],
    },
    Agency {
        code: "H55",
        name: "UBND tỉnh Thái Nguyên",
        kind: Kind::Province,
        births: &["006", "019"],
    },
    Agency { code: "H56", name: "UBND tỉnh Thanh Hóa", kind: Kind::Province, births: &["038"] },
    Agency { code: "H57", name: "UBND thành phố Huế", kind: Kind::Province, births: &["046"] },
    Agency {
        code: "H60",
        name: "UBND tỉnh Tuyên Quang",
        kind: Kind::Province,
        births: &["002", "008"],
    },
    Agency {
        code: "H61",
        name: "UBND tỉnh Vĩnh Long",
        kind: Kind::Province,
        births: &["083", "084", "086"],
    },
    Agency {
        code: "I01",
        name: "Ủy ban Trung ương Mặt trận Tổ quốc Việt Nam",
        kind: Kind::Organisation,
        births: &[],
    },
    Agency {
        code: "I02",
        name: "Tổng Liên đoàn Lao động Việt Nam",
        kind: Kind::Organisation,
        births: &[],
    },
    Agency {
        code: "I03",
        name: "Trung ương Đoàn Thanh niên Cộng sản Hồ Chí Minh",
        kind: Kind::Organisation,
        births: &[],
    },
    Agency {
        code: "I04",
        name: "Trung ương Hội Liên hiệp Phụ nữ Việt Nam",
        kind: Kind::Organisation,
        births: &[],
    },
    Agency {
        code: "I05",
        name: "Hội Cựu chiến binh Việt Nam",
        kind: Kind::Organisation,
        births: &[],
    },
    Agency {
        code: "I06", name: "Hội Nông dân Việt Nam", kind: Kind::Organisation, births: &[]
    },
];
