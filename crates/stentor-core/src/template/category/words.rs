//! The phrases a template's purpose is told by, folded as `category` folds texts (lower case, no accents, `0` for a
//! variable), each between commas: English, Portuguese, Spanish, German, Hindi in Latin letters, Indonesian.
//! `*`: however the word goes on.

/// One of them makes a text promotional, whatever else it says.
pub(super) const STRONG: &str = "\
    % off, percent off, 0 off, flash sale, big sale, summer sale, winter sale, end of season sale, \
    sale ends, sale is on, on sale, our sale, special offer*, exclusive offer*, limited time, \
    limited offer, buy one get one, bogo, 2 for 1, promo, promos, promo code, promotion, promotions, \
    coupon, coupons, discount code, use code, shop now, shop the, buy now, order now, best deals, \
    great deals, hot deals, black friday, cyber monday, dont miss, new arrivals, new collection, \
    just launched, save up to, save big, free gift, free trial, upgrade now, refer a friend, \
    refer your friends, while stocks last, while supplies last, introducing, special price*, \
    special discount, exclusive discount, clearance, giveaway, win a, check out our, discover our, \
    explore our, we miss you, weve missed you, in your cart, left in your, complete your purchase, \
    happy birthday, merry christmas, happy holidays, happy new year, happy diwali, recommended for you, \
    you might like, you may also like, our newsletter, cashback offer, double points, earn rewards, \
    join our, pre approved, preapproved, lowest prices, hurry up, stop promotions, \
    % de desconto, de desconto, desconto exclusivo, promocao, promocoes, promocional, ofertas, \
    oferta especial, oferta exclusiva, cupom, cupons, aproveite, compre agora, compre ja, nao perca, \
    frete gratis, novidades, nova colecao, liquidacao, por tempo limitado, ultimas unidades, \
    garanta ja, garanta o seu, sentimos sua falta, no seu carrinho, feliz aniversario, \
    indique um amigo, \
    % de descuento, de descuento, % dto, descuento exclusivo, promocion, promociones, oferta exclusiva, \
    cupon, cupones, rebajas, compra ahora, compra ya, no te lo pierdas, no te pierdas, no se lo pierda, \
    envio gratis, nueva coleccion, novedades, por tiempo limitado, aprovecha, aproveche, te extranamos, \
    te echamos de menos, en tu carrito, liquidacion, feliz cumpleanos, invita a un amigo, \
    % rabatt, % auf alles, rabattcode, rabattaktion, gutscheincode, sonderangebot*, angebote, \
    unser angebot, jetzt kaufen, jetzt shoppen, jetzt bestellen, jetzt zugreifen, nur heute, \
    nur fur kurze zeit, nur solange, neue kollektion, ausverkauf, schlussverkauf, sparen sie, \
    jetzt sparen, verpassen sie nicht, nicht verpassen, verpasse nicht, kostenlos testen, im warenkorb, \
    wir vermissen, neuheiten, gewinnspiel, alles gute zum geburtstag, freunde werben, \
    % ki chhoot, % chhoot, % tak ki chhoot, ki chhoot, dhamaka, dhamaaka, abhi kharid*, khaas offer, \
    bumper offer, sirf aaj, keval aaj, jaldi kare*, muft gift, ek pe ek free, ek par ek free, \
    diskon*, gratis ongkir, potongan harga, beli sekarang, belanja sekarang, jangan lewatkan, \
    jangan sampai ketinggalan, penawaran*, promo spesial, koleksi terbaru, buruan, cashback hingga, \
    di keranjang*, selamat ulang tahun, hemat hingga, kode promo";

/// Two of them make a text promotional, three where it is about an errand, too.
pub(super) const WEAK: &str = "\
    sale, sales, offer, offers, discount, discounts, deal, deals, exclusive, hurry, reward, rewards, \
    gift, gifts, free, save, upgrade, discover, explore, launch, launched, cashback, bonus, limited, \
    voucher, vouchers, vip, unsubscribe, best price*, today only, last chance, now available, \
    new range, enjoy, win, \
    desconto*, descuento*, oferta, gratis, ganhe, gana, presente especial, regalo, exclusiv*, \
    imperdivel, ultimas horas, ahorra, economize, lancamento, lanzamiento, conheca, conoce nuestr*, \
    bonificacion, \
    rabatt, gutschein*, angebot, kostenlos*, geschenk*, aktion, sparen, exklusiv*, entdecken, entdecke, \
    neu im sortiment, vorteil*, jetzt sichern, \
    chhoot, bachat, muft, free mein, naya collection, tyohar, \
    hemat, hadiah, terbatas, dapatkan, spesial, produk baru, klaim";

/// What a person asked for or did: an order, a payment, an appointment.
pub(super) const ERRANDS: &str = "\
    your order, order number, order 0, order no, the order, invoice*, payment*, receipt, shipped, \
    shipment, delivered, delivery, out for delivery, tracking, track your, appointment*, booking*, \
    reservation*, refund*, return request, support ticket, ticket 0, case 0, flight, boarding pass, \
    check in, statement, due date, is due, renewal, transaction, your parcel, your package, pickup, \
    your visit, your claim, prescription, \
    seu pedido, pedido 0, fatura*, boleto*, pagamento*, entrega*, agendamento*, consulta, sua reserva, \
    nota fiscal, rastreio, reembolso, vencimento, \
    tu pedido, su pedido, factura*, pago*, tu cita, su cita, tu reserva, su reserva, paquete, \
    reembolso, seguimiento, vence el, \
    bestellung*, ihre bestellung, rechnung*, termin*, lieferung*, zahlung*, buchung*, sendung*, paket*, \
    ruckerstattung, reservierung, kostenvoranschlag, \
    aapka order, aapke order, bhugtan, bill, apka order, aapki booking, aapka appointment, \
    pesanan*, pembayaran*, tagihan*, pengiriman*, janji temu, paket anda, jatuh tempo, invoice";

/// What speaks of a one-time passcode.
pub(super) const PASSCODES: &str = "\
    verification code, one time password, one time passcode, one time code, one time pin, otp, \
    passcode, login code, log in code, sign in code, security code, authentication code, access code, \
    confirmation code, 2fa code, is your code, your code is, codigo de verificacao, codigo de acesso, \
    codigo de seguranca, codigo de confirmacao, seu codigo e, codigo de verificacion, codigo de acceso, \
    codigo de seguridad, codigo de confirmacion, tu codigo es, su codigo es, contrasena de un solo uso, \
    verifizierungscode, bestatigungscode, sicherheitscode, einmalpasswort, anmeldecode, zugangscode, \
    einmalcode, satyapan code, aapka otp, kode verifikasi, kode otp, kode keamanan, kode akses";
