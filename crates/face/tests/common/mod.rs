//! Ten invented people, three of them hard cases, and their drawn portraits.

#![expect(clippy::unwrap_used, reason = "a failure of a helper is best seen where it happens")]
#![expect(
    clippy::indexing_slicing,
    reason = "lists that have just been made are as long as they are"
)]

use face::{Card, Emblem, Kind};
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Transform};

/// The ten. The last three are hard: the longest agency with a long title, a name of 32
/// characters under a long unit, and stacked marks everywhere.
pub(crate) fn people() -> Vec<Card> {
    let row = |n: u8, agency: &str, unit: &str, name: &str, title: &str, number: &str| Card {
        managing_agency: agency.to_owned(),
        emblem: if number.ends_with("VC") { Emblem::Logo } else { Emblem::National },
        employing_unit: unit.to_owned(),
        full_name: name.to_owned(),
        title: title.to_owned(),
        card_number: number.to_owned(),
        serial: format!("K7Q2-9XW{}-{n}", char::from(b'A' + n)),
        valid_through: Some("31/12/2031".to_owned()),
        portrait: portrait(n),
        qr: format!(
            "A7{n}K|{number}|{name}|12/03/1988|{}",
            if n.is_multiple_of(2) { "Nữ" } else { "Nam" }
        ),
        kind: Kind::Specimen,
    };
    let mut people = vec![
        row(
            0,
            "Bộ Nội vụ",
            "Vụ Công chức - Viên chức",
            "Trần Thị Minh Khuê",
            "Chuyên viên chính",
            "G09.001188000001.CC",
        ),
        row(
            1,
            "Ủy ban nhân dân thành phố Hà Nội",
            "Sở Nội vụ",
            "Lê Văn An",
            "Phó Giám đốc Sở",
            "H26.001075000002.CC",
        ),
        row(
            2,
            "Bộ Y tế",
            "Bệnh viện Bạch Mai",
            "Phạm Thu Hà",
            "Bác sĩ chính, Khoa Hồi sức tích cực",
            "G18.037190000003.VC",
        ),
        row(
            3,
            "Ủy ban nhân dân tỉnh Lào Cai",
            "Ủy ban nhân dân xã Mường Hum",
            "Giàng A Páo",
            "Chủ tịch Ủy ban nhân dân xã",
            "H38.010085000004.CB",
        ),
        row(
            4,
            "Ủy ban nhân dân tỉnh An Giang",
            "Trường Tiểu học Nguyễn Trãi",
            "Võ Thị Ngọc Ánh",
            "Giáo viên tiểu học hạng II",
            "H01.089192000005.VC",
        ),
        row(
            5,
            "Bộ Tài chính",
            "Chi cục Thuế khu vực VI",
            "Đặng Quốc Bảo",
            "Kiểm tra viên chính thuế",
            "G12.034083000006.CC",
        ),
        row(
            6,
            "Ủy ban nhân dân tỉnh Đắk Lắk",
            "Văn phòng Ủy ban nhân dân tỉnh",
            "H'Hen Niê",
            "Nhân viên lái xe",
            "H15.066195000007.HĐ",
        ),
        row(
            7,
            "Ủy ban chỉ đạo quốc gia về thực hiện Chiến lược phát triển bền vững kinh tế biển \
            Việt Nam đến năm 2030, tầm nhìn đến năm 2045",
            "Văn phòng thường trực",
            "Nguyễn Hoàng Long",
            "Phó Trưởng phòng phụ trách Phòng Tổng hợp, kiêm Thư ký giúp việc Trưởng Ban chỉ đạo",
            "G40.031082000008.CC",
        ),
        row(
            8,
            "Bộ Giáo dục và Đào tạo",
            "Trung tâm Hỗ trợ đào tạo và Cung ứng nhân lực - Phân hiệu tại Thành phố Hồ Chí Minh",
            "Nguyễn Thị Kim Hoàng Linh Phương",
            "Giảng viên cao cấp (hạng I), Trưởng bộ môn Ngôn ngữ học ứng dụng",
            "G07.079186000009.VC",
        ),
        row(
            9,
            "Ủy ban nhân dân tỉnh Quảng Ngãi",
            "Ủy ban nhân dân xã Mỹ Lộc Ẫ Ỗ Ữ Ặ Ợ",
            "Ngữ Ẫu Nguyễn Đỗ Hữu Ặng",
            "Cán bộ Mặt trận Tổ quốc #1 *và* $x$ \\_ @đơn_vị",
            "H48.051184000010.CB",
        ),
    ];
    // The number holds a personal number; what a code with the long fields would not hold is
    // left out of it, as the profile does.
    "A78K|G07.079186000009.VC|Nguyễn Thị Kim Hoàng Linh Phương|05/09/1986|Nữ"
        .clone_into(&mut people[8].qr);
    people[6].valid_through = None;
    people
}

/// A drawn head and shoulders, another one for each `n`; JPEG for even, PNG for odd `n`.
pub(crate) fn portrait(n: u8) -> Vec<u8> {
    let (width, height) = (354_u16, 472_u16);
    let mut picture = Pixmap::new(width.into(), height.into()).unwrap();
    let pick = |list: &[[u8; 3]]| list[usize::from(n) % list.len()];
    let ground = [[178, 205, 232], [205, 220, 236], [190, 212, 228]];
    let skin = [[236, 196, 164], [222, 178, 142], [205, 158, 122], [240, 206, 178]];
    let hair = [[28, 24, 24], [46, 34, 28], [20, 20, 26], [90, 88, 90], [38, 26, 22]];
    let coat = [[38, 50, 84], [60, 64, 72], [30, 74, 70], [96, 30, 44], [44, 44, 50]];
    let [r, g, b] = pick(&ground);
    picture.fill(Color::from_rgba8(r, g, b, 255));
    let mut fill = |path: Option<Path>, [r, g, b]: [u8; 3]| {
        let mut paint = Paint { anti_alias: true, ..Paint::default() };
        paint.set_color_rgba8(r, g, b, 255);
        let path = path.expect("every shape has an area");
        picture.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
    };
    let oval = |x: f32, y: f32, w: f32, h: f32| {
        PathBuilder::from_oval(tiny_skia::Rect::from_xywh(x - w / 2.0, y - h / 2.0, w, h).unwrap())
    };
    let polygon = |points: &[(f32, f32)]| {
        let mut path = PathBuilder::new();
        path.move_to(points[0].0, points[0].1);
        points[1..].iter().for_each(|&(x, y)| path.line_to(x, y));
        path.close();
        path.finish()
    };
    let long = n.is_multiple_of(2);
    let dark = pick(&skin).map(|c| c - 18);
    if long {
        fill(oval(177.0, 232.0, 190.0, 300.0), pick(&hair));
    }
    fill(oval(177.0, 500.0, 330.0, 260.0), pick(&coat));
    fill(polygon(&[(142.0, 300.0), (212.0, 300.0), (222.0, 392.0), (132.0, 392.0)]), dark);
    fill(
        polygon(&[(128.0, 372.0), (177.0, 400.0), (226.0, 372.0), (204.0, 470.0), (150.0, 470.0)]),
        [246, 246, 246],
    );
    if !long {
        fill(
            polygon(&[(168.0, 398.0), (186.0, 398.0), (194.0, 472.0), (160.0, 472.0)]),
            [150, 24, 34],
        );
    }
    fill(polygon(&[(128.0, 372.0), (152.0, 472.0), (96.0, 472.0), (104.0, 384.0)]), pick(&coat));
    fill(polygon(&[(226.0, 372.0), (202.0, 472.0), (258.0, 472.0), (250.0, 384.0)]), pick(&coat));
    fill(oval(102.0, 226.0, 24.0, 44.0), dark);
    fill(oval(252.0, 226.0, 24.0, 44.0), dark);
    fill(oval(177.0, 168.0, 172.0, 164.0), pick(&hair));
    fill(oval(177.0, 220.0, 146.0, 196.0), pick(&skin));
    fill(
        polygon(&[
            (100.0, 180.0),
            (140.0, 128.0),
            (210.0, 118.0),
            (254.0, 180.0),
            (222.0, 152.0),
            (150.0, 158.0),
        ]),
        pick(&hair),
    );
    for eye in [145.0, 209.0] {
        fill(oval(eye, 188.0, 34.0, 6.0), pick(&hair));
        fill(oval(eye, 210.0, 26.0, 13.0), [250, 250, 250]);
        fill(oval(eye, 210.0, 12.0, 12.0), [36, 28, 26]);
    }
    fill(polygon(&[(174.0, 214.0), (168.0, 250.0), (186.0, 250.0)]), dark);
    fill(oval(177.0, 278.0, 46.0, 10.0), [178, 92, 84]);
    if n % 2 == 1 {
        return picture.encode_png().unwrap();
    }
    let rgb: Vec<u8> =
        picture.data().chunks_exact(4).flat_map(|dot| [dot[0], dot[1], dot[2]]).collect();
    let mut file = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 90)
        .encode(&rgb, width.into(), height.into(), image::ExtendedColorType::Rgb8)
        .unwrap();
    file
}
