title = congvu – thẻ cán bộ, công chức, viên chức điện tử
running = Máy chủ đang chạy. Các trạm cá thể hoá kết nối qua địa chỉ này.
next = Hiện nay mọi công việc được làm bằng dòng lệnh; xem:
