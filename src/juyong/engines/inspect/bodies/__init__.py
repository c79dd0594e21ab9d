"""Bodies of requests, read by their media type into what rules ask for.

media.py      which processor reads a body
read.py       a body to `Parsed`: codings, processor, limits
codings.py    gzip, deflate, br and zstd undone within bounds
form.py       names and values in the form of URLs
multipart.py  forms with files, also while they arrive
json.py       JSON to arguments
xml.py        XML to text and attribute values
guessed.py    bodies without a type that is read, as servers read them that guess
parsed.py     what each of them fills
"""
