"""Passwords that every guesser tries first, of eight characters and more, in lower case.

A floor, not a breach corpus: it catches what needs no skill to guess.
"""

_WORDS = """
00000000 01234567 0123456789 1010101010 11111111 1111111111 11112222 11223344 1122334455
112233445566 12121212 123123123 123321123 12341234 12345678 123456789 1234567890 12345678910
123456qwerty 1234qwer 123qweasd 12qwaszx 147258369 14789632 159753456 1q2w3e4r 1q2w3e4r5t
1q2w3e4r5t6y 1qaz!qaz 1qaz2wsx 1qaz@wsx 1qazxsw2 22222222 31415926 44444444 55555555 66666666
66668888 77777777 87654321 88888888 98765432 987654321 9876543210 99999999 a1234567 a12345678
a123456789 a1b2c3d4 aa123456 aa12345678 abc12345 abc123456 abcd1234 abcd1234! abcd@1234 abcdefgh
access14 admin!123 admin123 admin1234 admin12345 admin123456 admin@123 administrator alexander
alibaba123 aliyun123 asdf1234 asdfasdf asdfghjk asdfghjkl baseball basketball bismillah butterfly
changeme changeme! changeme1 changeme123 chocolate computer corvette dearbook default1 dragon123
elephant facebook foobar123 football football1 guest123 hello123 helloworld iloveyou iloveyou1
iloveyou2 internet jennifer jordan23 letmein1 letmein123 liverpool login123 maverick mercedes
michelle midnight mustang1 naruto123 nicholas p@$$w0rd p@ssw0rd p@ssw0rd! p@ssw0rd1 p@ssw0rd123
p@ssword p@ssword1 pa$$w0rd pa55word passw0rd passw0rd! passw0rd1 password password! password1
password1! password12 password123 password123! password1234 password2 princess princess1 q1w2e3r4
q1w2e3r4t5 qazwsxedc qwe123456 qweasdzxc qwer1234 qwerasdf qwerqwer qwerty12 qwerty123 qwerty1234
qwerty12345 qwerty123456 qwertyui qwertyuiop root1234 root12345 samantha secret123 security
spongebob starwars starwars1 steelers summer2023 summer2024 summer2025 sunshine sunshine1 superman
superman1 system123 target123 temp1234 test1234 test12345 test@123 testtest trustno1 user1234
victoria welcome1 welcome1! welcome123 welcome@123 whatever winter2023 winter2024 winter2025
woaini1314 woaini520 wodemima xiaoming zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123
"""

COMMON_PASSWORDS: frozenset[str] = frozenset(_WORDS.split())
