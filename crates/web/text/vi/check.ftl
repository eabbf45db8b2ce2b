## The public check
check-title = Tra cứu thẻ
check-what = Ai cũng có thể kiểm tra thẻ cán bộ, công chức, viên chức: quét mã QR trên mặt trước của thẻ.
check-by-code = Quét hoặc dán mã QR
check-do = Tra cứu
check-valid = Có giá trị
check-valid-what = Thẻ này đang có giá trị.
check-compare = So chữ và ảnh này với thẻ trước mặt bạn. Mã QR chỉ chứng minh rằng có một thẻ như vậy; ai cũng chụp lại được mã.
check-not-valid = Hiện không có giá trị
check-not-valid-what = Không có thẻ như vậy, hoặc thẻ hiện không có giá trị. Hệ thống không nói lý do.
check-private = Việc tra cứu không ghi lại bạn là ai. Nội dung mã và ảnh không được giữ lại.
check-picture-unread = Không đọc được mã QR trong ảnh này. Hãy chụp gần hơn, đủ sáng, thấy trọn mã; dùng JPEG hoặc PNG.
check-no-tray = Chỉ bản trình diễn mới có khay thẻ phần mềm. Hãy đặt thẻ lên đầu đọc.
check-reader-refused = Chưa kiểm tra được thẻ trên đầu đọc: { $why }
