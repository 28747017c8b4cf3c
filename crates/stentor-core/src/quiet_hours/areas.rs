//! Area codes that tell a zone, of countries with several: calling code, zones, codes. Where an area has several zones it
//! has them all; the longest code that a number begins with counts. Mobile numbers of Russia, Australia and elsewhere tell no area.

#[rustfmt::skip]
pub(super) const AREAS: &[(&str, &str, &str)] = &[
    ("1", "America/New_York", "201 202 203 207 212 215 216 220 223 227 229 231 234 239 240 248 252 260 267 269 272 276 283 301 302 304 \
        305 313 315 317 321 324 326 329 330 332 336 339 347 351 352 363 380 386 401 404 407 410 412 413 419 434 436 440 443 445 463 470 \
        472 475 478 484 502 508 513 516 517 518 540 551 561 567 570 571 582 585 586 603 607 609 610 614 616 617 624 631 640 645 646 656 \
        667 678 679 680 681 686 689 703 704 706 716 717 718 724 727 728 732 734 740 743 754 757 762 765 770 771 772 774 781 786 802 803 \
        804 810 813 814 821 826 828 835 838 839 843 845 848 854 856 857 859 860 862 863 864 865 878 904 908 910 912 914 917 919 929 934 \
        937 941 943 947 948 954 959 973 978 980 984 989"),
    ("1", "America/Chicago", "205 210 214 217 218 224 225 228 235 251 254 256 262 274 281 309 312 314 316 318 319 320 325 327 331 334 \
        337 346 353 361 402 405 409 414 417 430 432 447 457 464 469 471 479 501 504 507 512 515 531 534 539 557 563 572 573 580 601 608 \
        612 615 618 621 629 630 636 641 651 659 660 662 682 708 712 713 715 726 730 731 737 763 769 773 779 806 815 816 817 830 832 847 \
        861 870 872 901 903 913 918 920 924 931 936 938 940 945 952 956 972 975 979 985"),
    ("1", "America/Los_Angeles", "206 209 213 253 279 310 323 341 350 360 369 408 415 424 425 442 503 509 510 530 559 562 564 619 626 \
        628 650 657 661 669 702 707 714 725 738 747 760 805 818 820 831 837 840 858 909 916 925 949 951 971"),
    ("1", "America/Denver America/Los_Angeles", "208 458 541 775 986"),
    ("1", "America/New_York America/Chicago", "219 270 364 423 448 574 606 812 850 906 930"),
    ("1", "America/Denver", "303 307 385 406 435 505 575 719 720 748 801 915 970 983"),
    ("1", "America/Chicago America/Denver", "308 605 620 701 785"),
    ("1", "America/Phoenix", "480 520 602 623"),
    ("1", "Pacific/Honolulu", "808"),
    ("1", "America/Anchorage Pacific/Honolulu", "907"),
    ("1", "America/Denver America/Phoenix", "928"),
    ("1", "America/Winnipeg", "204 431 584"),
    ("1", "America/Toronto", "226 249 263 289 343 354 365 382 416 437 438 450 468 514 519 548 579 581 613 647 683 705 742 753 819 873 \
        905 942"),
    ("1", "America/Vancouver", "604"),
    ("1", "America/Edmonton America/Vancouver", "236 250 257 672 778"),
    ("1", "America/Regina", "306 474 639"),
    ("1", "America/Edmonton", "368 403 587 780 825"),
    ("1", "America/Halifax America/Toronto", "367 418"),
    ("1", "America/Halifax", "428 506 782 902"),
    ("1", "America/St_Johns America/Halifax", "709 879"),
    ("1", "America/Toronto America/Winnipeg", "807"),
    ("1", "America/Toronto America/Winnipeg America/Edmonton America/Vancouver", "867"),
    ("55", "America/Sao_Paulo", "11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49 51 53 54 55 \
        61 62 63 64 71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 93 94 96 98 99"),
    ("55", "America/Manaus", "65 66 67 69 92 95"),
    ("55", "America/Rio_Branco", "68"),
    ("55", "America/Manaus America/Rio_Branco", "97"),
    ("52", "America/Mexico_City", "2 3 4 5 614 7 8 9"),
    ("52", "America/Cancun", "983 984 987 998"),
    ("52", "America/Mexico_City America/Matamoros", "861 862 867 868 877 878 891 892 894 897 899"),
    ("52", "America/Mexico_City America/Mazatlan", "311 319 323 324 325 327 389"),
    ("52", "America/Mexico_City America/Ciudad_Juarez America/Hermosillo America/Mazatlan", "6"),
    ("52", "America/Ciudad_Juarez", "656"),
    ("52", "America/Hermosillo", "662"),
    ("52", "America/Mazatlan", "667 668 669"),
    ("52", "America/Tijuana", "616 646 658 661 664 665 686"),
    ("7", "Europe/Moscow", "4"),
    ("7", "Europe/Kaliningrad", "401"),
    ("7", "Europe/Moscow Europe/Samara", "8"),
    ("7", "Europe/Samara", "341 842 845 846 848 851"),
    ("7", "Asia/Yekaterinburg", "342 343 345 346 347 349 351 352 353"),
    ("7", "Asia/Omsk", "381"),
    ("7", "Asia/Novosibirsk", "382 383 384 385 388 390 391 394"),
    ("7", "Asia/Irkutsk", "301 395"),
    ("7", "Asia/Yakutsk", "302 411 416"),
    ("7", "Asia/Vladivostok", "421 423 426"),
    ("7", "Asia/Magadan", "413 424"),
    ("7", "Asia/Kamchatka", "415 427"),
    ("61", "Australia/Sydney", "2 3"),
    ("61", "Australia/Brisbane", "7"),
    ("61", "Australia/Adelaide Australia/Darwin Australia/Perth", "8"),
];
