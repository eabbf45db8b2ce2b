## The public check
check-title = Check a card
check-what = Anybody can check a card of a cadre, civil servant or public employee: scan the QR code on its front.
check-by-code = Scan or paste the QR code
check-do = Check
check-valid = Valid
check-valid-what = This card is valid now.
check-compare = Compare these texts and this picture with the card in front of you. A QR code only proves that there is such a card; anybody can copy a code.
check-not-valid = Not valid now
check-not-valid-what = There is no such card, or it is not valid now. Why is not told.
check-private = A check does not record who you are. Neither the code's text nor the picture is kept.
check-picture-unread = The QR code in this picture cannot be read. Take it from nearer, with light enough and the whole code in view; use JPEG or PNG.
check-no-tray = Only a demonstration has a tray of software cards. Put the card on the reader.
check-reader-refused = The card on the reader could not be checked: { $why }
