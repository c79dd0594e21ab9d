"""Names of tags, attributes and event handlers in HTML, SVG and old browsers' dialects."""

ALONE = frozenset(
    b"""
    script iframe frameset style svg math xml xss noscript noembed noframes plaintext xmp
    foreignobject vmlframe layer ilayer bgsound portal fencedframe stylesheet xsl
    """.split()
)
"""Tags that run code, or change how what follows is read, as they stand."""

WITH_ATTRIBUTES = frozenset(
    b"""
    applet base comment embed frame handler import isindex link listener meta object param
    animate animatemotion animatetransform set use
    """.split()
)
"""Tags that do so by their attributes."""

MARKED = frozenset(b"srcdoc formaction datasrc dataformatas attributename xmlns".split())
"""Attributes that need no look at their value."""

URLS = frozenset(
    b"""
    action background by classid code codebase data dynsrc filter folder from handler href
    lowsrc manifest ping poster src to url values
    """.split()
)
"""Attributes whose value is a URL that a browser follows."""

EVENTS = frozenset(
    b"""
    onabort onactivate onafterprint onafterscriptexecute onanimationcancel onanimationend
    onanimationiteration onanimationstart onauxclick onbeforecopy onbeforecut onbeforeinput
    onbeforematch onbeforepaste onbeforeprint onbeforescriptexecute onbeforetoggle
    onbeforeunload onbegin onblur onbounce oncancel oncanplay oncanplaythrough onchange onclick
    onclose oncontextmenu oncopy oncuechange oncut ondblclick ondeactivate ondrag ondragend
    ondragenter ondragexit ondragleave ondragover ondragstart ondrop ondurationchange onemptied
    onend onended onerror onfilterchange onfinish onfocus onfocusin onfocusout onformdata
    onfullscreenchange ongotpointercapture onhashchange onhelp oninput oninvalid onkeydown
    onkeypress onkeyup onload onloadeddata onloadedmetadata onloadend onloadstart onlosecapture
    onlostpointercapture onmessage onmousedown onmouseenter onmouseleave onmousemove onmouseout
    onmouseover onmouseup onmousewheel onmove onoffline ononline onpagehide onpageshow onpaste
    onpause onplay onplaying onpointercancel onpointerdown onpointerenter onpointerleave
    onpointermove onpointerout onpointerover onpointerrawupdate onpointerup onpopstate
    onprogress onpropertychange onratechange onreadystatechange onrepeat onreset onresize
    onscroll onscrollend onsearch onsecuritypolicyviolation onseeked onseeking onselect
    onselectionchange onselectstart onshow onslotchange onstalled onstart onstorage onsubmit
    onsuspend ontimeout ontimeupdate ontoggle ontouchcancel ontouchend ontouchmove ontouchstart
    ontransitioncancel ontransitionend ontransitionrun ontransitionstart onunload onvolumechange
    onwaiting onwebkitanimationend onwebkitanimationiteration onwebkitanimationstart
    onwebkittransitionend onwheel onzoom
    """.split()
)
"""Event handlers; in a tag, every attribute that begins with `on` counts."""
